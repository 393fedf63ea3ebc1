/** Runs a query as a job over the generator. */
import { ManualClock } from '@millrace/testing';
import {
  type DataStream,
  type JobClient,
  type Sink,
  type SinkWriter,
  StreamExecutionEnvironment,
  WatermarkStrategy,
} from 'millrace';
import type { NexmarkConfiguration } from './generator/nexmark-configuration.ts';
import type { NexmarkEvent } from './generator/nexmark-events.ts';
import { NexmarkSource } from './generator/nexmark-source.ts';
import { type NexmarkQuery, TICK_MS } from './nexmark-query.ts';

export interface NexmarkJob<R> {
  readonly query: NexmarkQuery<R>;
  readonly configuration: NexmarkConfiguration;
  readonly parallelism: number;
}

const MAX_OUT_OF_ORDERNESS = '4 s';

export function nexmarkStream(
  env: StreamExecutionEnvironment,
  configuration: NexmarkConfiguration,
): DataStream<NexmarkEvent> {
  return env.fromSource(
    new NexmarkSource(configuration),
    WatermarkStrategy.forBoundedOutOfOrderness<NexmarkEvent>(MAX_OUT_OF_ORDERNESS),
    'nexmark',
  );
}

/**
 * Runs the job to its end. A query on processing time gets its events at their due times, by a clock
 * that begins at the base time and moves on a tick whenever nothing is left to do.
 */
export async function runNexmarkJob<R, WriterStateT>(
  job: NexmarkJob<R>,
  sink: Sink<R, WriterStateT>,
): Promise<void> {
  const { query, parallelism } = job;
  const env = StreamExecutionEnvironment.createLocalEnvironment({
    'parallelism.default': String(parallelism),
    'pipeline.object-reuse': 'true', // No query changes a record, so none needs a copy.
  });
  if (query.onProcessingTime !== true) {
    query.program(nexmarkStream(env, job.configuration)).sinkTo(sink);
    await env.execute();
    return;
  }
  const configuration = { ...job.configuration, maxEmitSpeed: false };
  const clock = new ManualClock({ startMs: configuration.baseTime });
  query.program(nexmarkStream(env.setServices({ clock }), configuration)).sinkTo(sink);
  await runByClock(await env.executeAsync(), clock);
}

/** Moves the clock on, a tick at a time, until the job ends. */
export async function runByClock(client: JobClient, clock: ManualClock): Promise<void> {
  let running = true;
  const result = client.jobExecutionResult().finally(() => {
    running = false;
  });
  await clock.settle();
  while (running) {
    clock.advance(TICK_MS);
    await clock.settle();
  }
  await result;
}

/** The sum of the rows that remain, by their numbers. */
export class ChecksumSink<R> implements Sink<R> {
  private readonly query: NexmarkQuery<R>;
  private sum = 0;
  private readonly remaining = new Map<number, number>();

  constructor(query: NexmarkQuery<R>) {
    this.query = query;
  }

  get checksum(): number {
    return [...this.remaining.values()].reduce((total, number) => total + number, this.sum);
  }

  createWriter(): SinkWriter<R> {
    const { query, remaining } = this;
    const write =
      query.upsertKey === undefined
        ? (row: R): void => {
            this.sum += query.rowNumber(row);
          }
        : (row: R): void => {
            remaining.set(query.upsertKey?.(row) as number, query.rowNumber(row));
          };
    return { write, flush: () => {}, close: () => {} };
  }
}
