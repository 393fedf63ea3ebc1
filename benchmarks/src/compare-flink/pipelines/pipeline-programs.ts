/** The pipelines through the public API, as Pipelines.java has them. Worker threads call `pipeline` too. */
import {
  type Collector,
  DataGeneratorSource,
  type DataStream,
  type JobClient,
  type KeyedProcessContext,
  KeyedProcessFunction,
  type ProcessWindowContext,
  ProcessWindowFunction,
  type Sink,
  type SinkWriter,
  SlidingEventTimeWindows,
  StreamExecutionEnvironment,
  type TimeWindow,
  TumblingEventTimeWindows,
  type TypeInformation,
  Types,
  type ValueState,
  ValueStateDescriptor,
  WatermarkStrategy,
  type WriterInitContext,
} from 'millrace';
import { CountAggregate } from '../../count-aggregate.ts';
import { PipelineMeter } from './pipeline-meter.ts';
import { BID, type Bid, EVENT, type Event, KEYED, type Keyed } from './pipeline-records.ts';
import { type AnyWork, isKeyedCount, type PipelineWork, recordsOf } from './pipeline-work.ts';

export interface PipelineJob {
  readonly work: AnyWork;
  readonly parallelism: number;
  /** Of all subtasks together; divisible by the parallelism. */
  readonly count: number;
  readonly meter: SharedArrayBuffer;
  readonly configuration: Readonly<Record<string, string>>;
}

interface WordCount {
  readonly word: string;
  readonly count: number;
}

interface KeyCount {
  readonly key: number;
  readonly count: number;
}

interface WindowCount {
  readonly auction: number;
  readonly count: number;
  readonly end: number;
}

const WINDOW_COUNT: TypeInformation<WindowCount> = Types.POJO<WindowCount>('lab.WindowCount', {
  auction: Types.LONG,
  count: Types.LONG,
  end: Types.LONG,
});
const COUNTED = { accumulatorType: Types.LONG, type: Types.LONG } as const;

export function pipeline(job: PipelineJob): Promise<JobClient> {
  const env = StreamExecutionEnvironment.createLocalEnvironment({
    'parallelism.default': String(job.parallelism),
    ...job.configuration,
  }).setServices({ program: { module: import.meta.url, entryPoint: 'pipeline', args: [job] } });
  const program = isKeyedCount(job.work) ? keyedCount : PROGRAMS[job.work];
  program(env, job);
  return env.executeAsync(job.work);
}

const PROGRAMS: Readonly<
  Record<PipelineWork, (env: StreamExecutionEnvironment, job: PipelineJob) => void>
> = {
  wordcount: wordCount,
  'wordcount-anew': wordCount,
  tumbling(env, job) {
    source<Keyed>(env, job, { type: KEYED, time: ({ time }) => time })
      .keyBy(({ key }) => key, Types.LONG)
      .window(TumblingEventTimeWindows.of('1 s'))
      .aggregate(new CountAggregate(), COUNTED)
      .sinkTo(new CountingSink<number>(job, (count) => count * count));
  },
  sliding(env, job) {
    source<Keyed>(env, job, { type: KEYED, time: ({ time }) => time })
      .keyBy(({ key }) => key, Types.LONG)
      .window(SlidingEventTimeWindows.of('10 s', '2 s'))
      .aggregate(new CountAggregate(), COUNTED)
      .sinkTo(new CountingSink<number>(job, (count) => count * count));
  },
  q5(env, job) {
    source<Bid>(env, job, { type: BID, time: ({ dateTime }) => dateTime })
      .keyBy(({ auction }) => auction, Types.LONG)
      .window(SlidingEventTimeWindows.of('10 s', '2 s'))
      .aggregate(new CountAggregate(), new WithWindow(), {
        accumulatorType: Types.LONG,
        type: WINDOW_COUNT,
      })
      .keyBy(({ end }) => end, Types.LONG)
      .window(TumblingEventTimeWindows.of('2 s'))
      .reduce((a, b) => (a.count >= b.count ? a : b))
      .sinkTo(new CountingSink<WindowCount>(job, ({ count }) => count * count));
  },
  q7(env, job) {
    const higher = (a: Bid, b: Bid): Bid => (a.price >= b.price ? a : b);
    source<Bid>(env, job, { type: BID, time: ({ dateTime }) => dateTime })
      .keyBy(({ auction }) => auction, Types.LONG)
      .window(TumblingEventTimeWindows.of('10 s'))
      .reduce(higher)
      .windowAll(TumblingEventTimeWindows.of('10 s'))
      .reduce(higher)
      .sinkTo(new CountingSink<Bid>(job, ({ price }) => price));
  },
  q8(env, job) {
    const events = source<Event>(env, job, { type: EVENT, time: ({ dateTime }) => dateTime });
    events
      .filter(({ kind }) => kind === 0)
      .join(events.filter(({ kind }) => kind === 1))
      .where(({ id }) => id, Types.LONG)
      .equalTo(({ seller }) => seller)
      .window(TumblingEventTimeWindows.of('10 s'))
      .apply((person, auction) => ({ person: person.id, name: person.name, auction: auction.id }))
      .sinkTo(
        new CountingSink<{ readonly person: number; readonly auction: number }>(
          job,
          ({ person, auction }) => person + auction,
        ),
      );
  },
};

function wordCount(env: StreamExecutionEnvironment, job: PipelineJob): void {
  source<string>(env, job, { type: Types.STRING })
    .keyBy((word) => word, Types.STRING)
    .process(new Count())
    .sinkTo(new CountingSink<WordCount>(job, ({ word, count }) => word.length * count));
}

function keyedCount(env: StreamExecutionEnvironment, job: PipelineJob): void {
  source<number>(env, job, { type: Types.LONG })
    .keyBy((key) => key, Types.LONG)
    .process(new CountOfKey())
    .sinkTo(new CountingSink<KeyCount>(job, ({ key, count }) => key * count));
}

function source<T>(
  env: StreamExecutionEnvironment,
  job: PipelineJob,
  of: { readonly type: TypeInformation<T>; readonly time?: (record: T) => number },
): DataStream<T> {
  const { type, time } = of;
  const numbered = new Numbered<T>(job, recordsOf(job.work) as (number: number) => T);
  const watermarks =
    time === undefined
      ? WatermarkStrategy.noWatermarks<T>()
      : WatermarkStrategy.forMonotonousTimestamps<T>().withTimestampAssigner(time);
  return env.fromSource(
    new DataGeneratorSource<T>(numbered, job.count, { type }),
    watermarks,
    'records',
  );
}

/** Record i of subtask s of p has number s + i * p. A subtask has `count / p` indexes in a row. */
class Numbered<T> {
  private readonly make: (number: number) => T;
  private readonly meter: PipelineMeter;
  private readonly indexesOfSubtask: number;
  private readonly parallelism: number;

  constructor({ meter, count, parallelism }: PipelineJob, make: (number: number) => T) {
    this.make = make;
    this.meter = new PipelineMeter(meter);
    this.indexesOfSubtask = count / parallelism;
    this.parallelism = parallelism;
  }

  map(index: number): T {
    const subtask = Math.floor(index / this.indexesOfSubtask);
    const i = index - subtask * this.indexesOfSubtask;
    this.meter.made(subtask, i);
    return this.make(subtask + i * this.parallelism);
  }
}

class Count extends KeyedProcessFunction<string, string, WordCount> {
  private count!: ValueState<number>;

  override open(): void {
    this.count = this.runtimeContext.getState(new ValueStateDescriptor('count', Types.LONG));
  }

  override processElement(
    word: string,
    _context: KeyedProcessContext<string>,
    out: Collector<WordCount>,
  ): void {
    const count = (this.count.value() ?? 0) + 1;
    this.count.update(count);
    out.collect({ word, count });
  }
}

class CountOfKey extends KeyedProcessFunction<number, number, KeyCount> {
  private count!: ValueState<number>;

  override open(): void {
    this.count = this.runtimeContext.getState(new ValueStateDescriptor('count', Types.LONG));
  }

  override processElement(
    key: number,
    _context: KeyedProcessContext<number>,
    out: Collector<KeyCount>,
  ): void {
    const count = (this.count.value() ?? 0) + 1;
    this.count.update(count);
    out.collect({ key, count });
  }
}

class WithWindow extends ProcessWindowFunction<number, WindowCount, number, TimeWindow> {
  override process(
    auction: number,
    { window }: ProcessWindowContext<TimeWindow>,
    counts: Iterable<number>,
    out: Collector<WindowCount>,
  ): void {
    for (const count of counts) {
      out.collect({ auction, count, end: window.end });
    }
  }
}

/** Adds up what results weigh; nothing else becomes of them. */
class CountingSink<T> implements Sink<T> {
  private readonly job: PipelineJob;
  private readonly weight: (result: T) => number;

  constructor(job: PipelineJob, weight: (result: T) => number) {
    this.job = job;
    this.weight = weight;
  }

  createWriter({ subtaskId }: WriterInitContext): SinkWriter<T> {
    const meter = new PipelineMeter(this.job.meter);
    const { weight } = this;
    let results = 0;
    let sum = 0;
    return {
      write: (result) => {
        results++;
        sum += weight(result);
      },
      flush: (endOfInput) => {
        if (endOfInput) {
          meter.ended(subtaskId, results, sum);
        }
      },
      close: () => {},
    };
  }
}
