/** JSON whose whole numbers keep all their digits. */

/** A text, or a number with what belongs to it. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;
const MARK = '\u0000whole:';
const MARK_ESCAPED = '\\u0000whole:';

/**
 * As `JSON.parse`, but whole numbers beyond 2^53 are bigints.
 *
 * @throws SyntaxError
 */
export function parseExactJson(text: string): unknown {
  const marked = text.replace(TOKEN, (token) =>
    /^-?[1-9]\d*$/.test(token) && !Number.isSafeInteger(Number(token))
      ? `"${MARK_ESCAPED}${token}"`
      : token,
  );
  return marked === text
    ? JSON.parse(text)
    : JSON.parse(marked, (_key, value: unknown) =>
        typeof value === 'string' && value.startsWith(MARK)
          ? BigInt(value.slice(MARK.length))
          : value,
      );
}
