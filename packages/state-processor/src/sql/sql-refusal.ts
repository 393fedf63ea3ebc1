/** What DuckDB says of a query that it does not run, in codes of ours and with the place in the query. */
import { ConfigError, errorMessage, MillraceError, TaskError } from '@millrace/core';
import { placeIn } from './asked-tables.ts';

const TOO_LARGE = /out of memory|Invalid string length|Cannot create a string longer/i;

export function refusal(error: unknown, query: string, memoryMb: number): unknown {
  if (error instanceof MillraceError) {
    return error;
  }
  const message = errorMessage(error);
  if (TOO_LARGE.test(message)) {
    return outOfMemory(memoryMb);
  }
  const line = /\n\nLINE (\d+): .*\n( *)\^/.exec(message);
  const [what = message] = message.split('\n\nLINE');
  const marked = line?.[2] === undefined ? -1 : line[2].length - `LINE ${line[1]}: `.length;
  const place = marked < 0 ? '' : placeOf(query, Number(line?.[1]), marked);
  return new ConfigError('SQL_INVALID', `${what.replaceAll('\n', '; ')}${place}`, {
    cause: error,
  });
}

export function outOfMemory(memoryMb: number): TaskError {
  return new TaskError(
    'SQL_LIMIT_EXCEEDED',
    `the query needs more memory than ${memoryMb} MB; ask for less, or for smaller states`,
  );
}

function placeOf(query: string, line: number, column: number): string {
  const before = query.split('\n').slice(0, line - 1);
  return placeIn(query, before.reduce((sum, each) => sum + each.length + 1, 0) + column);
}
