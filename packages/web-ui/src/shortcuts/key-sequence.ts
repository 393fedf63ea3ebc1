/**
 * Shortcuts of one key (`?`) and of two pressed one after the other (`g j`).
 *
 * Pure: it is told keys with their times and says which shortcut they make.
 */

const SEQUENCE_MS = 1500;

export class KeySequence {
  private first: string | undefined;
  private firstAt = 0;

  /**
   * @param key - as the event names it
   * @param atMs - when it was pressed
   * @param known - shortcuts there are
   * @returns the shortcut that is complete with this key
   */
  press(key: string, atMs: number, known: ReadonlySet<string>): string | undefined {
    const pair = `${this.first} ${key}`;
    const pairCounts = this.first !== undefined && atMs - this.firstAt <= SEQUENCE_MS;
    this.first = undefined;
    if (pairCounts && known.has(pair)) {
      return pair;
    }
    if (known.has(key)) {
      return key;
    }
    if ([...known].some((keys) => keys.startsWith(`${key} `))) {
      this.first = key;
      this.firstAt = atMs;
    }
    return undefined;
  }
}
