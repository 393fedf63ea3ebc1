/** Compares what one stream of a job put out here and in Flink, line by line. */
import assert from 'node:assert/strict';

/**
 * - `exact`: every line in its place.
 * - `by-key`: between two watermarks only the order within a key counts, which is the first word of
 *   a line. For jobs whose timers of several keys are due at one time: Flink does not say which of
 *   them fires first.
 * - `any`: between two watermarks no order counts. For what is read from a map state, for timers of
 *   several windows that are due at one time, and for what is tried again when the input ends.
 * - `records-by-key`: so, and without the watermarks. For windows that fire at the end only: Flink
 *   runs them as a batch: it sorts their input, and forwards no watermark before its last one.
 */
export type LineOrder = 'exact' | 'by-key' | 'any' | 'records-by-key';

const LINES_BEFORE = 4;

export function assertSameLines(
  ours: readonly string[],
  theirs: readonly string[],
  options: { readonly stream: string; readonly order: LineOrder },
): void {
  const found = inOrder(ours, options.order);
  const expected = inOrder(theirs, options.order);
  const at = expected.findIndex((line, index) => line !== found[index]);
  const index = at === -1 && found.length > expected.length ? expected.length : at;
  if (index !== -1) {
    assert.fail(describeDifference(found, expected, { index, stream: options.stream }));
  }
}

function describeDifference(
  found: readonly string[],
  expected: readonly string[],
  { index, stream }: { readonly index: number; readonly stream: string },
): string {
  const before = expected.slice(Math.max(0, index - LINES_BEFORE), index);
  return [
    `stream '${stream}' differs from Flink's at line ${index + 1} (ours has ${found.length} lines, Flink's ${expected.length}):`,
    ...before.map((line) => `    ${line}`),
    `  + ${found[index] ?? '(end)'}    ours`,
    `  - ${expected[index] ?? '(end)'}    Flink`,
  ].join('\n');
}

function inOrder(lines: readonly string[], order: LineOrder): readonly string[] {
  switch (order) {
    case 'exact':
      return lines;
    case 'by-key':
      return betweenWatermarks(lines).flatMap(groupedByKey);
    case 'any':
      return betweenWatermarks(lines).flatMap((part) => groupedByKey([...part].sort()));
    case 'records-by-key':
      return groupedByKey(lines.filter((line) => !isWatermark(line)));
  }
}

function isWatermark(line: string): boolean {
  return line.startsWith('watermark ');
}

/** And neither a watermark nor a change of idleness. */
export function isRecord(line: string): boolean {
  return line.includes(' @');
}

/** Each part ends with a watermark, but for the last one. */
function betweenWatermarks(lines: readonly string[]): string[][] {
  const parts: string[][] = [[]];
  for (const line of lines) {
    parts.at(-1)?.push(line);
    if (isWatermark(line)) {
      parts.push([]);
    }
  }
  return parts;
}

/** The sort is stable, and a watermark stays last: it sorts after every key. */
function groupedByKey(lines: readonly string[]): string[] {
  return [...lines].sort((a, b) => compare(rank(a), rank(b)));
}

function rank(line: string): string {
  const [key = ''] = line.split(' ');
  return key === 'watermark' ? '\uffff' : key;
}

function compare(a: string, b: string): number {
  if (a === b) {
    return 0;
  }
  return a < b ? -1 : 1;
}
