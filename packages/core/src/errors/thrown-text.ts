/**
 * What a function of the program threw, in one line of a log: class, message and causes.
 *
 * Invariant: there is no line break in it, whatever was thrown.
 */
import { inspect, stripVTControlCharacters } from 'node:util';

/**
 * `TypeError: fetch failed; caused by Error: connect ECONNREFUSED 127.0.0.1:80`. A plain `Error` at the beginning
 * is its message alone; of what is no error, it is said that it is none. An error of ours tells its causes itself.
 */
export function thrownText(thrown: unknown): string {
  const told = new Set<unknown>(); // A chain that leads back to itself ends too.
  const texts: string[] = [];
  for (let next = thrown; texts.length === 0 || isCause(next, told); next = causeOf(next)) {
    texts.push(linkText(next, texts.length === 0));
    told.add(next);
  }
  return texts.join('; caused by ');
}

/** Line breaks are spaces; what a terminal would take for a command is left out. */
function oneLine(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\s*[\n\v\f\r\u0085\u2028\u2029]\s*/g, ' ')
    .trim();
}

/** Of what is no error. */
export function valueText(value: unknown): string {
  return typeof value === 'string'
    ? value
    : inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY });
}

function isCause(thrown: unknown, told: ReadonlySet<unknown>): boolean {
  return thrown !== undefined && thrown !== null && !told.has(thrown);
}

function causeOf(thrown: unknown): unknown {
  return thrown instanceof Error && codeOfOurs(thrown) === undefined ? thrown.cause : undefined;
}

function linkText(thrown: unknown, isFirst: boolean): string {
  if (!(thrown instanceof Error)) {
    const value = typeof thrown === 'string' ? inspect(thrown) : oneLine(valueText(thrown));
    return isFirst ? `${value}, which is no Error: throw one to see its line` : value;
  }
  const message = oneLine(messageWithErrors(thrown));
  const name = codeOfOurs(thrown) ?? className(thrown);
  if (message === '') {
    return `${name} without a message`;
  }
  return isFirst && name === 'Error' ? message : `${name}: ${message}`;
}

/** By its fields: there may be two copies of this package in the process. */
function codeOfOurs(error: Error): string | undefined {
  const { code, reaction } = error as { readonly code?: unknown; readonly reaction?: unknown };
  return typeof code === 'string' && typeof reaction === 'string' ? code : undefined;
}

/** Also of a class that does not set `name`. */
function className(error: Error): string {
  return error.name === 'Error' ? error.constructor.name : error.name;
}

/** An `AggregateError`, such as that of a refused connection, is told by its errors. */
function messageWithErrors(error: Error): string {
  if (!(error instanceof AggregateError)) {
    return error.message;
  }
  const parts = error.errors.map((each) =>
    each instanceof Error ? each.message : valueText(each),
  );
  return [error.message, ...parts].filter((part) => part !== '').join('; ');
}
