/** What a misspelt word was meant to be. */

/** The nearest of `spellings`, when at most `distanceMax` letters differ; the first among equals. */
export function nearestOf(
  key: string,
  spellings: readonly string[],
  distanceMax: number,
): string | undefined {
  let nearest: string | undefined;
  let least = distanceMax + 1;
  for (const spelling of spellings) {
    const distance = editDistance(key, spelling);
    if (distance < least) {
      least = distance;
      nearest = spelling;
    }
  }
  return nearest;
}

/** Levenshtein: how many letters to insert, delete or replace. */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, previous[column]! + 1, current[column - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}
