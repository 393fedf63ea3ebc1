/** `millrace snapshot sql`: a SELECT over the states of a snapshot. */
import { querySql } from '@millrace/state-processor';
import { type CommandContext, openNamed, type SnapshotOptions } from '../command-context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { printQueryResult } from '../terminal/query-result.ts';

export interface SqlCommandOptions extends SnapshotOptions {
  readonly limit?: number;
  /** MB. */
  readonly memory?: number;
  /** Seconds. */
  readonly timeout?: number;
}

export async function printSql(
  path: string,
  query: string,
  options: SqlCommandOptions,
  context: CommandContext,
): Promise<number> {
  const snapshot = await openNamed(path, options, context);
  const { limit, memory, timeout } = options;
  const result = await querySql(snapshot, query, {
    ...(limit === undefined ? {} : { limit }),
    ...(memory === undefined ? {} : { memoryMb: memory }),
    ...(timeout === undefined ? {} : { timeoutMs: 1000 * timeout }),
  });
  await printQueryResult(context.terminal, result, options);
  return EXIT_CODES.OK;
}
