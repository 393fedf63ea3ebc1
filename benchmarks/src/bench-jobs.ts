/** What the benches of whole jobs share: where records come from and where they end. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DataGeneratorSource,
  type DataStream,
  type Sink,
  type SinkWriter,
  StreamExecutionEnvironment,
  WatermarkStrategy,
} from 'millrace';

/** How a job is laid out; the work is the same. */
export interface JobLayout {
  readonly parallelism?: number;
  /** False puts each operator into a task of its own. */
  readonly chained?: boolean;
  readonly checkpointInterval?: string;
  /** `pipeline.object-reuse`. */
  readonly objectReuse?: boolean;
}

/** Discards the records; what remains is a sum, by which variants are compared. */
export class SumSink<T> implements Sink<T> {
  total = 0;
  private readonly numberOf: (value: T) => number;

  constructor(numberOf: (value: T) => number) {
    this.numberOf = numberOf;
  }

  createWriter(): SinkWriter<T> {
    const { numberOf } = this;
    return {
      write: (value) => {
        this.total += numberOf(value);
      },
      flush: () => {},
      close: () => {},
    };
  }
}

/** Runs the program that `build` adds to the environment and gives its sum. */
export async function runJob<T>(
  layout: JobLayout,
  numberOf: (value: T) => number,
  build: (env: StreamExecutionEnvironment, sink: SumSink<T>) => void,
): Promise<number> {
  const env = StreamExecutionEnvironment.createLocalEnvironment({
    'parallelism.default': String(layout.parallelism ?? 1),
    'pipeline.operator-chaining.enabled': String(layout.chained ?? true),
    'pipeline.object-reuse': String(layout.objectReuse ?? false),
  });
  const sink = new SumSink<T>(numberOf);
  build(env, sink);
  if (layout.checkpointInterval === undefined) {
    await env.execute();
    return sink.total;
  }
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  try {
    env.configure({
      'execution.checkpointing.interval': layout.checkpointInterval,
      'execution.checkpointing.dir': folder,
    });
    await env.execute();
    return sink.total;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** `count` records out of `rows`, again from the start when they end. No event time. */
export function fromRows<T>(
  env: StreamExecutionEnvironment,
  rows: readonly T[],
  count: number,
): DataStream<T> {
  const source = new DataGeneratorSource((i) => rows[i % rows.length] as T, count);
  return env.fromSource(source, WatermarkStrategy.noWatermarks<T>(), 'rows');
}

/** The same numbers in `[0, end)` in each run, as if by chance. */
export function scattered(end: number, count: number): number[] {
  let seed = 42;
  return Array.from({ length: count }, () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0; // Numerical Recipes
    return Math.floor((seed / 2 ** 32) * end);
  });
}
