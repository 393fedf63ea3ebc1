/**
 * The JSON of a request, as strict as Flink's.
 *
 * Invariants:
 * - An empty body is `{}`: all its fields may be left out.
 * - A key that stands twice in one object is refused, and so are `__proto__` and its kin: what one
 *   reader would see and another would not.
 * - Lists and objects stand in one another 1000 deep at most.
 *
 * Flink: AbstractHandler, RestMapperUtils (STRICT_DUPLICATE_DETECTION), and the bound of Jackson's StreamReadConstraints.
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
    throw unexpected('it is not valid JSON.');
  }
  checkObjects(text);
  return body;
}

const POISON = new Set(['"__proto__"', '"constructor"']);
const DEPTH_MAX = 1000;

/** @param text - valid JSON @throws RestError 400 */
function checkObjects(text: string): void {
  /** The keys of each object around the place, `undefined` for a list. */
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '{' || char === '[') {
      open.push(char === '{' ? new Set() : undefined);
      if (open.length > DEPTH_MAX) {
        throw unexpected(`it is nested more than ${DEPTH_MAX} deep.`);
      }
    } else if (char === '}' || char === ']') {
      open.pop();
    } else if (char === '"') {
      const end = endOfString(text, at);
      const next = nextAfterSpace(text, end);
      if (text[next] === ':') {
        checkKey(text.slice(at, end), open.at(-1)!);
      }
      at = next - 1;
    }
  }
}

function checkKey(written: string, seen: Set<string>): void {
  const key = JSON.stringify(JSON.parse(written));
  if (seen.has(key) || POISON.has(key)) {
    throw unexpected(`the key ${key.slice(0, 100)} must stand once in an object.`);
  }
  seen.add(key);
}

/** A loop and no regular expression, whose stack a string of many megabytes overflows. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') {
    at += text[at] === '\\' ? 2 : 1;
  }
  return at + 1;
}

function nextAfterSpace(text: string, start: number): number {
  let at = start;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') {
    at++;
  }
  return at;
}

function unexpected(what: string): RestError {
  return RestError.refused(400, `Request did not match expected format: ${what}`);
}
