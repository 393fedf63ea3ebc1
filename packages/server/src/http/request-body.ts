/**
 * The JSON of a request, as strict as Flink's.
 *
 * Invariants:
 * - An empty body is `{}`: all its fields may be left out.
 * - A key that stands twice in one object is refused, and so are `__proto__` and its kin: what one
 *   reader would see and another would not.
 *
 * Flink: AbstractHandler, RestMapperUtils (STRICT_DUPLICATE_DETECTION).
 */
import { RestError } from './rest-error.ts';

/** @throws RestError 400 */
export function parseBody(text: string): unknown {
  if (text.trim() === '') {
    return {};
  }
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw RestError.refused(400, 'Request did not match expected format: it is not valid JSON.');
  }
  const repeated = repeatedKey(text);
  if (repeated !== undefined) {
    throw RestError.refused(
      400,
      `Request did not match expected format: the key ${repeated} must stand once in an object.`,
    );
  }
  return body;
}

const POISON = new Set(['"__proto__"', '"constructor"']);

/** The text of a key that stands twice, or may not stand at all. @param text - valid JSON */
function repeatedKey(text: string): string | undefined {
  const open: Set<string>[] = [];
  const tokens = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}]/gs;
  for (let token = tokens.exec(text); token !== null; token = tokens.exec(text)) {
    if (token[0] === '{') {
      open.push(new Set());
    } else if (token[0] === '}') {
      open.pop();
    } else if (token[1] !== undefined) {
      const key = JSON.stringify(JSON.parse(token[0].slice(0, -token[1].length)));
      const seen = open.at(-1)!;
      if (seen.has(key) || POISON.has(key)) {
        return key.slice(0, 100);
      }
      seen.add(key);
    }
  }
  return undefined;
}
