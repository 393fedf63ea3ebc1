/**
 * Numbers that stand for rows: equal for equal rows, and most likely different for others. Rows are
 * summed up by them, in any order.
 */

/** @param values - whole numbers below 2^53 */
export function rowNumber(...values: readonly number[]): number {
  let hash = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    hash = Math.imul((hash << 5) ^ (hash >>> 27) ^ value, 0x9e3779b1);
  }
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** Of the text's length and three of its characters: enough where texts are random. */
export function textNumber(text: string): number {
  const { length } = text;
  if (length === 0) {
    return 0;
  }
  const middle = text.charCodeAt(length >>> 1);
  return (((length << 8) ^ text.charCodeAt(0)) << 16) ^ (middle << 8) ^ text.charCodeAt(length - 1);
}
