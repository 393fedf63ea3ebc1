/**
 * A program of several regions that runs as well in the main thread as in worker threads: a pipeline whose
 * subtasks exchange records is one, and of another each subtask is one. A slot holds tasks of two of them.
 */
import { closeSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CheckpointListener,
  CollectSink,
  DataGeneratorSource,
  type JobClient,
  perSubtask,
  RateLimiterStrategy,
  RichFunction,
  StreamExecutionEnvironment,
  Types,
  WatermarkStrategy,
} from 'millrace';

export type RegionTrouble = 'none' | 'throws' | 'exits' | 'hangs';

export interface RegionsSettings {
  readonly configuration: Readonly<Record<string, string>>;
  /** What goes wrong once in the second of the lone subtasks, after two checkpoints. */
  readonly trouble: RegionTrouble;
  /** Each start of a subtask leaves a file there. */
  readonly folder: string;
}

export const RECORDS = 3_000;
const KEYS = 10;
const TROUBLED_SUBTASK = 1;
const TROUBLE_AFTER_CHECKPOINTS = 2;

/** Passes records on; leaves a mark when it opens, and makes trouble. */
class Marked extends RichFunction implements CheckpointListener {
  private readonly name: string;
  private readonly settings: RegionsSettings;
  private completed = 0;

  constructor(name: string, settings: RegionsSettings) {
    super();
    this.name = name;
    this.settings = settings;
  }

  override open(): void {
    const { indexOfThisSubtask: subtask, attemptNumber } = this.runtimeContext.taskInfo;
    closeSync(
      openSync(join(this.settings.folder, `${this.name} ${subtask} ${attemptNumber}`), 'a'),
    );
  }

  map(value: number): number {
    const { indexOfThisSubtask: subtask, attemptNumber } = this.runtimeContext.taskInfo;
    const isTroubled = this.name === 'lone' && subtask === TROUBLED_SUBTASK && attemptNumber === 0;
    if (isTroubled && this.completed >= TROUBLE_AFTER_CHECKPOINTS) {
      makeTrouble(this.settings.trouble);
    }
    return value;
  }

  notifyCheckpointComplete(): void {
    this.completed++;
  }
}

function makeTrouble(trouble: RegionTrouble): void {
  switch (trouble) {
    case 'none':
      return;
    case 'throws':
      throw new Error('planted');
    case 'exits':
      process.exit(7);
      return;
    case 'hangs':
      for (;;) {}
  }
}

/** `RECORDS` through each of the two, at parallelism 3. */
export async function regions(settings: RegionsSettings): Promise<{
  readonly job: JobClient;
  readonly lone: CollectSink<number>;
  readonly keyed: CollectSink<string>;
  readonly warnings: string[];
}> {
  const warnings: string[] = [];
  const env = StreamExecutionEnvironment.createLocalEnvironment({
    'execution.target': 'threads',
    'parallelism.default': '3',
    'execution.checkpointing.interval': '20 ms',
    'restart-strategy.type': 'fixed-delay',
    'restart-strategy.fixed-delay.attempts': '4',
    'restart-strategy.fixed-delay.delay': '10 ms',
    ...settings.configuration,
  }).setServices({
    program: { module: import.meta.url, entryPoint: 'regions', args: [settings] },
    warn: (message) => void warnings.push(message),
  });
  const lone = new CollectSink<number>();
  const marked = (name: string) => perSubtask(() => new Marked(name, settings));
  numbers(env, 'lone numbers')
    .map(marked('lone'), Types.LONG)
    .name('lone')
    .uid('lone')
    .disableChaining()
    .sinkTo(lone)
    .uid('lone results');
  const keyed = new CollectSink<string>();
  numbers(env, 'keyed numbers')
    .keyBy((n) => n % KEYS, Types.LONG)
    .map(marked('keyed'), Types.LONG)
    .uid('keyed')
    .map((n): [number, number] => [n % KEYS, 1], Types.TUPLE(Types.LONG, Types.LONG))
    .uid('ones')
    .keyBy(([key]) => key, Types.LONG)
    .reduce(([key, count], [, more]) => [key, count + more])
    .uid('counts')
    .map(([key, count]) => countLine(key, count), Types.STRING)
    .sinkTo(keyed)
    .uid('keyed results');
  return { job: await env.executeAsync('regions'), lone, keyed, warnings };
}

function numbers(env: StreamExecutionEnvironment, name: string) {
  const source = new DataGeneratorSource((n) => n, RECORDS, {
    rateLimiterStrategy: RateLimiterStrategy.perCheckpoint(200),
  });
  return env
    .fromSource(source, WatermarkStrategy.noWatermarks<number>(), name, Types.LONG)
    .uid(name);
}

const countLine = (key: number, count: number): string => `count ${key} ${count}`;

/** What the keyed pipeline gives, in the order of its lines: each count of each key once. */
export function expectedCounts(): string[] {
  const perKey = RECORDS / KEYS;
  return Array.from({ length: RECORDS }, (_, i) =>
    countLine(Math.floor(i / perKey), (i % perKey) + 1),
  ).sort();
}

/** `pipeline subtask attempt` of each start. */
export function starts(folder: string): string[] {
  return readdirSync(folder).sort();
}
