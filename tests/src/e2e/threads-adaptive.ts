/** A program that follows its slots, and runs as well in the main thread as in worker threads. */
import { closeSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import {
  AvailableSlots,
  CollectSink,
  DataGeneratorSource,
  type JobClient,
  RateLimiterStrategy,
  StreamExecutionEnvironment,
  Types,
  WatermarkStrategy,
} from 'millrace';

export interface AdaptiveSettings {
  readonly configuration: Readonly<Record<string, string>>;
  readonly slots: number;
  /** Each worker that starts leaves a file there. */
  readonly folder: string;
  /** The how-manieth worker, from 1, that never comes to its job; 0: none. */
  readonly stuckWorker: number;
}

export const RECORDS = 3_000;

/** `RECORDS` through a keyed exchange, at parallelism 3 at most. */
export async function following(settings: AdaptiveSettings): Promise<{
  readonly job: JobClient;
  readonly sink: CollectSink<number>;
  readonly slots: AvailableSlots;
  readonly warnings: string[];
}> {
  if (!isMainThread && nextWorker(settings.folder) === settings.stuckWorker) {
    await new Promise((resolve) => setTimeout(resolve, 600_000));
  }
  const warnings: string[] = [];
  const slots = new AvailableSlots(settings.slots);
  const env = StreamExecutionEnvironment.createLocalEnvironment({
    'execution.target': 'threads',
    'parallelism.default': '3',
    'execution.checkpointing.interval': '20 ms',
    'restart-strategy.type': 'fixed-delay',
    'restart-strategy.fixed-delay.attempts': '2',
    'restart-strategy.fixed-delay.delay': '10 ms',
    'jobmanager.scheduler': 'Adaptive',
    'jobmanager.adaptive-scheduler.resource-stabilization-timeout': '10 ms',
    'jobmanager.adaptive-scheduler.scaling-interval.min': '0 ms',
    ...settings.configuration,
  }).setServices({
    program: { module: import.meta.url, entryPoint: 'following', args: [settings] },
    warn: (message) => void warnings.push(message),
    slots,
  });
  const sink = new CollectSink<number>();
  const source = new DataGeneratorSource((n) => n, RECORDS, {
    rateLimiterStrategy: RateLimiterStrategy.perCheckpoint(200),
  });
  env
    .fromSource(source, WatermarkStrategy.noWatermarks<number>(), 'numbers', Types.LONG)
    .uid('numbers')
    .keyBy((n) => n % 10, Types.LONG)
    .map((n) => n, Types.LONG)
    .uid('passing')
    .sinkTo(sink)
    .uid('results');
  return { job: await env.executeAsync('following'), sink, slots, warnings };
}

/** The number of this worker among all that have started, from 1. */
function nextWorker(folder: string): number {
  for (;;) {
    const number = readdirSync(folder).length + 1;
    try {
      closeSync(openSync(join(folder, String(number)), 'wx'));
      return number;
    } catch {
      // Another one was faster.
    }
  }
}
