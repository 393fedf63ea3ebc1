/**
 * Programs as functions, which run as well in the main thread as in worker threads: what they are given
 * is plain values, and what they are to do at one place only they find out from where they run.
 */
import { isMainThread } from 'node:worker_threads';
import {
  type Collector,
  CollectSink,
  csvEncoder,
  DataGeneratorSource,
  DiscardingSink,
  FileSink,
  IntCounter,
  type JobClient,
  type KeyedProcessContext,
  KeyedProcessFunction,
  RateLimiterStrategy,
  type SimpleAccumulator,
  StreamExecutionEnvironment,
  type TimeWindow,
  TumblingEventTimeWindows,
  type TypeInformation,
  Types,
  type ValueState,
  ValueStateDescriptor,
  WatermarkStrategy,
} from 'millrace';

export type Settings = Readonly<Record<string, string>>;

/** A program of this module: what worker threads call. */
function environment(
  entryPoint: string,
  args: readonly [Settings, ...unknown[]],
  warnings: string[] = [],
): StreamExecutionEnvironment {
  const env = StreamExecutionEnvironment.createLocalEnvironment(args[0]);
  env.setServices({
    program: { module: import.meta.url, entryPoint, args },
    warn: (message) => warnings.push(message),
  });
  return env;
}

interface Count {
  word: string;
  count: number;
}

const COUNT = Types.POJO<Count>('io.millrace.tests.Count', {
  word: Types.STRING,
  count: Types.LONG,
});

/** How often each of seven words came among 5,000. */
export async function wordCount(settings: Settings): Promise<[string, number][]> {
  const env = environment('wordCount', [settings]);
  const counts = await env
    .fromSequence(1, 5_000)
    .map((n) => ({ word: `w${n % 7}`, count: 1 }), COUNT)
    .keyBy(({ word }) => word, Types.STRING)
    .reduce((a, b) => ({ word: a.word, count: a.count + b.count }))
    .executeAndCollect();
  return [...new Map(counts.map(({ word, count }) => [word, count]))].sort();
}

interface Reading {
  readonly sensor: number;
  readonly at: number;
  readonly value: number;
}

const READING = Types.POJO<Reading>('io.millrace.tests.Reading', {
  sensor: Types.LONG,
  at: Types.LONG,
  value: Types.DOUBLE,
});

/** Sums of 16 sensors over windows of 100 ms: one line a window, sorted. */
export async function windows(settings: Settings): Promise<string[]> {
  const env = environment('windows', [settings]);
  const lines = await env
    .fromSequence(0, 9_999)
    .map((n) => ({ sensor: n % 16, at: n - (n % 3), value: n / 4 }), READING)
    .assignTimestampsAndWatermarks(
      WatermarkStrategy.forBoundedOutOfOrderness<Reading>(10_000).withTimestampAssigner(
        ({ at }) => at,
      ),
    )
    .keyBy(({ sensor }) => sensor, Types.LONG)
    .window(TumblingEventTimeWindows.of(100))
    .aggregate(
      {
        createAccumulator: () => 0,
        add: ({ value }: Reading, sum: number) => sum + value,
        getResult: (sum: number) => sum,
        merge: (a: number, b: number) => a + b,
      },
      (sensor: number, window: TimeWindow, sums: Iterable<number>, out: Collector<string>) =>
        out.collect(`${sensor} ${window.start} ${[...sums].join()}`),
    )
    .executeAndCollect();
  return lines.sort();
}

/** What goes wrong once, in the first attempt. */
export type Trouble =
  | 'none'
  | 'throws'
  | 'exits'
  | 'hangs'
  | 'rejects'
  | 'throws later'
  | 'throws no error';

class CountOnce extends KeyedProcessFunction<number, number, string> {
  private readonly trouble: Trouble;
  private count!: ValueState<number>;

  constructor(trouble: Trouble) {
    super();
    this.trouble = trouble;
  }

  override open(): void {
    this.count = this.runtimeContext.getState(new ValueStateDescriptor('count', Types.LONG));
  }

  override processElement(
    value: number,
    context: KeyedProcessContext<number>,
    out: Collector<string>,
  ): void {
    const count = (this.count.value() ?? 0) + 1;
    this.count.update(count);
    if (value === TROUBLESOME && this.runtimeContext.taskInfo.attemptNumber === 0) {
      makeTrouble(this.trouble);
    }
    out.collect(`${context.currentKey} ${count}`);
  }
}

export const KEYS = 20;
export const RECORDS = 4_000;
const TROUBLESOME = 2_500;

function makeTrouble(trouble: Trouble): void {
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
    case 'rejects':
      void Promise.reject(new Error('planted rejection'));
      return;
    case 'throws later':
      setTimeout(() => {
        throw new Error('planted later');
      });
      return;
    case 'throws no error':
      setTimeout(() => {
        throw undefined;
      });
  }
}

/** Each key's counts, one record each: `key count`, to a collecting sink. */
export async function counts(
  settings: Settings,
  trouble: Trouble,
): Promise<{ job: JobClient; sink: CollectSink<string>; warnings: string[] }> {
  const warnings: string[] = [];
  const env = environment('counts', [settings, trouble], warnings);
  const sink = new CollectSink<string>();
  counted(env, trouble).sinkTo(sink).uid('results').setParallelism(1);
  return { job: await env.executeAsync('counts'), sink, warnings };
}

/** The same, to files that are committed with checkpoints. */
export async function countsToFiles(
  settings: Settings,
  trouble: Trouble,
  folder: string,
): Promise<{ job: JobClient; warnings: string[] }> {
  const warnings: string[] = [];
  const env = environment('countsToFiles', [settings, trouble, folder], warnings);
  counted(env, trouble)
    .map((line) => ({ line }))
    .sinkTo(FileSink.forRowFormat(folder, csvEncoder<{ line: string }>({ columns: ['line'] })))
    .uid('files');
  return { job: await env.executeAsync('counts to files'), warnings };
}

function counted(env: StreamExecutionEnvironment, trouble: Trouble) {
  return env
    .fromSource(
      new DataGeneratorSource((index) => index, RECORDS, {
        rateLimiterStrategy: RateLimiterStrategy.perCheckpoint(400),
      }),
      WatermarkStrategy.noWatermarks<number>(),
      'numbers',
      Types.LONG,
    )
    .uid('numbers')
    .keyBy((value) => value % KEYS, Types.LONG)
    .process(new CountOnce(trouble), Types.STRING)
    .name('count keys')
    .uid('counts');
}

/** What `counts` gives, sorted. */
export function exactCounts(): string[] {
  const perKey = RECORDS / KEYS;
  return Array.from({ length: KEYS }, (_, key) =>
    Array.from({ length: perKey }, (__, i) => `${key} ${i + 1}`),
  )
    .flat()
    .sort();
}

/** Two jobs, the second of which is made of what the first gave; and one that failed between them. */
export async function dependentJobs(settings: Settings): Promise<number[]> {
  const env = environment('dependentJobs', [settings]);
  const first = await env
    .fromSequence(1, 10)
    .map((n) => n * 2, Types.LONG)
    .executeAndCollect();
  env
    .fromData([0], Types.LONG)
    .map(() => {
      throw new Error('the job between them');
    })
    .print();
  const failure = await env.execute().then(String, String);
  const plus = failure.includes('the job between them') ? 1 : 0;
  const second = await env
    .fromData(
      first.sort((a, b) => a - b),
      Types.LONG,
    )
    .keyBy((n) => n, Types.LONG)
    .map((n) => n + plus, Types.LONG)
    .executeAndCollect();
  return second.sort((a, b) => a - b);
}

/** A job without end of which ten records are wanted, then one over what those were. */
export async function limited(settings: Settings): Promise<number[]> {
  const env = environment('limited', [settings]);
  const endless = env.fromSequence(1, Number.MAX_SAFE_INTEGER).filter((n) => n % 2 === 0);
  const some = await endless.executeAndCollect(10);
  const parities = await env
    .fromData(some, Types.LONG)
    .map((n) => n % 2, Types.LONG)
    .executeAndCollect();
  return [some.length, ...new Set(parities)];
}

/** Two jobs at one time. */
export async function atOneTime(settings: Settings): Promise<number[][]> {
  const env = environment('atOneTime', [settings]);
  const sinks = [new CollectSink<number>(), new CollectSink<number>()];
  const starting: Promise<JobClient>[] = [];
  for (const [index, sink] of sinks.entries()) {
    env
      .fromSequence(1, 5)
      .keyBy((n) => n, Types.LONG)
      .map((n) => n * (index + 1), Types.LONG)
      .sinkTo(sink)
      .setParallelism(1);
    starting.push(env.executeAsync(`job ${index + 1}`));
  }
  const jobs = await Promise.all(starting);
  await Promise.all(jobs.map((job) => job.jobExecutionResult()));
  return sinks.map((sink) => sink.results.sort((a, b) => a - b));
}

/** Has one operator more in a worker thread. */
export async function otherGraph(settings: Settings): Promise<unknown> {
  const env = environment('otherGraph', [settings]);
  const stream = env.fromSequence(1, 10).map((n) => n + 1, Types.LONG);
  const other = isMainThread ? stream : stream.filter(() => true);
  return other.executeAndCollect();
}

/** Never comes to its job in a worker thread. */
export async function notInWorkers(
  settings: Settings,
  how: 'ends' | 'throws' | 'exits' | 'waits',
): Promise<unknown> {
  const env = environment('notInWorkers', [settings, how]);
  if (!isMainThread) {
    switch (how) {
      case 'ends':
        return undefined;
      case 'throws':
        throw new Error('only for the main thread');
      case 'exits':
        return process.exit(3);
      case 'waits':
        await new Promise((resolve) => setTimeout(resolve, 60_000));
    }
  }
  return env.fromSequence(1, 10).executeAndCollect();
}

/** Fills its heap. */
export async function tooMuchMemory(settings: Settings): Promise<unknown> {
  const env = environment('tooMuchMemory', [settings]);
  const kept: unknown[] = [];
  return env
    .fromSequence(1, 10)
    .map((n) => {
      for (;;) {
        kept.push(new Array<number>(1_000).fill(n));
      }
    }, Types.LONG)
    .executeAndCollect();
}

/** A record of more than half a GiB on its way to another slot, or one whose serializer throws. */
export async function unsendable(
  settings: Settings,
  how: 'too large' | 'serializer throws',
): Promise<unknown> {
  const env = environment('unsendable', [settings, how]);
  const type = how === 'too large' ? Types.BYTE_ARRAY : refusingType();
  return env
    .fromSequence(1, 4)
    .setParallelism(1)
    .map((n) => new Uint8Array(how === 'too large' ? 2 ** 29 : n), type)
    .setParallelism(1)
    .name('make bytes')
    .rebalance()
    .map((bytes) => bytes.length, Types.LONG)
    .name('measure bytes')
    .executeAndCollect();
}

/** Bytes that no serializer takes. */
function refusingType(): TypeInformation<Uint8Array> {
  const type = Types.BYTE_ARRAY;
  return Object.assign(Object.create(type) as TypeInformation<Uint8Array>, {
    createSerializer: () =>
      Object.assign(Object.create(type.createSerializer()) as object, {
        serialize: () => {
          throw new Error('planted in the serializer');
        },
      }),
  });
}

class Longest implements SimpleAccumulator<string> {
  localValue = '';

  add(text: string): void {
    this.localValue = text.length > this.localValue.length ? text : this.localValue;
  }

  resetLocal(): void {
    this.localValue = '';
  }

  merge(other: Longest): void {
    this.add(other.localValue);
  }

  clone(): Longest {
    return Object.assign(new Longest(), this);
  }
}

class Gather extends KeyedProcessFunction<number, number, number> {
  private readonly records = new IntCounter();
  private readonly longest = new Longest();

  override open(): void {
    this.runtimeContext.addAccumulator('records', this.records);
    this.runtimeContext.addAccumulator('longest', this.longest);
  }

  override processElement(value: number): void {
    this.records.add(1);
    this.longest.add('*'.repeat(value));
  }
}

/** What `Gather` came to, over all subtasks. */
export async function gathered(settings: Settings): Promise<ReadonlyMap<string, unknown>> {
  const env = environment('gathered', [settings]);
  env
    .fromSequence(1, 100)
    .keyBy((n) => n, Types.LONG)
    .process(new Gather(), Types.LONG)
    .sinkTo(new DiscardingSink());
  const result = await env.execute();
  return result.accumulatorResults;
}

/** Blocks the loop for five seconds at its only record. */
export async function blockingJob(settings: Settings): Promise<string[]> {
  const warnings: string[] = [];
  const env = environment('blockingJob', [settings], warnings);
  await env
    .fromData([1], Types.LONG)
    .map((n) => {
      const until = Date.now() + 5_000;
      while (Date.now() < until) {}
      return n;
    }, Types.LONG)
    .name('slow function')
    .executeAndCollect();
  return warnings;
}
