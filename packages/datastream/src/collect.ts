/** Runs a program for the records of one stream. Flink: DataStream.executeAndCollect. */
import { CollectSink, ConfigError } from '@millrace/core';
import type { DataStream } from './data-stream.ts';

export interface ExecuteAndCollectOptions {
  readonly jobName?: string;
  /** Ends the job once this many are there. Needed where the input has no end. */
  readonly limit?: number;
}

export async function executeAndCollect<T>(
  stream: DataStream<T>,
  given: ExecuteAndCollectOptions | number,
): Promise<T[]> {
  const options: ExecuteAndCollectOptions = typeof given === 'number' ? { limit: given } : given;
  checkLimit(options.limit);
  const sink = new CollectSink<T>();
  stream.sinkTo(sink).name('Data stream collect sink').setParallelism(1);
  const client = await stream.executionEnvironment.executeAsync(options.jobName);
  const { limit } = options;
  if (limit === undefined) {
    await client.jobExecutionResult();
    return sink.results;
  }
  const result = client.jobExecutionResult();
  const reached = sink.whenCollected(limit).then(() => true);
  if (await Promise.race([reached, result.then(() => false)])) {
    const collected = sink.results;
    const stopped = result.catch(() => undefined); // It rejects because we cancel it.
    await client.cancel();
    await stopped;
    return collected.slice(0, limit);
  }
  return sink.results.slice(0, limit);
}

function checkLimit(limit: number | undefined): void {
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit > 0)) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `executeAndCollect got the limit ${limit}; use a whole number from 1, or leave it out for all records`,
    );
  }
}
