/**
 * The programs that are measured on `threads`: each is an exported function that the worker threads
 * call too.
 */
import {
  type Collector,
  DataGeneratorSource,
  type DataStreamSource,
  type JobClient,
  type KeyedProcessContext,
  KeyedProcessFunction,
  RateLimiterStrategy,
  type Sink,
  type SinkWriter,
  StreamExecutionEnvironment,
  TumblingEventTimeWindows,
  type TypeInformation,
  Types,
  type ValueState,
  ValueStateDescriptor,
  WatermarkStrategy,
  type WriterInitContext,
} from 'millrace';
import { CountAggregate } from '../count-aggregate.ts';
import { Meter, nowOfProcess } from './meter.ts';

export interface MeasuredJob {
  readonly meter: SharedArrayBuffer;
  /** Its subtasks are on the meter from this one on: several jobs may share it. */
  readonly firstSubtask: number;
  readonly parallelism: number;
  /** Of all subtasks together. */
  readonly records: number;
  readonly keys: number;
  readonly configuration: Readonly<Record<string, string>>;
  /** Records a second, of all subtasks together; at full load without it. */
  readonly rate?: number;
  /** What the sink waits for each record, without doing anything; 0 unless given. */
  readonly sinkMicros?: number;
}

interface Visit {
  readonly user: string;
  /** Event time; with a rate also when the record was due. */
  readonly time: number;
}

const VISIT: TypeInformation<Visit> = Types.POJO<Visit>('org.millrace.bench.Visit', {
  time: Types.DOUBLE,
  user: Types.STRING,
});
const MINUTE_MS = 60_000;
const PROGRESS_RECORDS = 64;
/** Each key has ten records in a window. */
const RECORDS_PER_KEY_AND_WINDOW = 10;

export function keyedCount(job: MeasuredJob): Promise<JobClient> {
  const env = environmentOf(job, 'keyedCount');
  visits(env, job)
    .keyBy((visit) => visit.user, Types.STRING)
    .process(new VisitCounter(), VISIT)
    .sinkTo(new MeteredSink(job));
  return env.executeAsync();
}

export function tumblingCount(job: MeasuredJob): Promise<JobClient> {
  const env = environmentOf(job, 'tumblingCount');
  visits(env, job)
    .keyBy((visit) => visit.user, Types.STRING)
    .window(TumblingEventTimeWindows.of(MINUTE_MS))
    .aggregate(new CountAggregate(), { accumulatorType: Types.LONG, type: Types.LONG })
    .sinkTo(new MeteredSink<number>(job, (visits) => visits));
  return env.executeAsync();
}

/** Sources at full load, and sinks in other slots that may be slow, with a keyed exchange between. */
export function exchange(job: MeasuredJob): Promise<JobClient> {
  const env = environmentOf(job, 'exchange');
  visits(env, job)
    .slotSharingGroup('senders')
    .keyBy((visit) => visit.user, Types.STRING)
    .sinkTo(new MeteredSink(job))
    .slotSharingGroup('receivers');
  return env.executeAsync();
}

/** One task to one other, which on threads is in another slot. */
export function handOff(job: MeasuredJob): Promise<JobClient> {
  const env = environmentOf(job, 'handOff');
  visits(env, job)
    .slotSharingGroup('senders')
    .rebalance()
    .sinkTo(new MeteredSink(job))
    .slotSharingGroup('receivers');
  return env.executeAsync();
}

function environmentOf(job: MeasuredJob, entryPoint: string): StreamExecutionEnvironment {
  const { configuration, parallelism } = job;
  return StreamExecutionEnvironment.createLocalEnvironment({
    'parallelism.default': String(parallelism),
    ...configuration,
  }).setServices({ program: { module: import.meta.url, entryPoint, args: [job] } });
}

function visits(env: StreamExecutionEnvironment, job: MeasuredJob): DataStreamSource<Visit> {
  const options =
    job.rate === undefined ? {} : { rateLimiterStrategy: RateLimiterStrategy.perSecond(job.rate) };
  const source = new DataGeneratorSource<Visit>(new Visits(job), job.records, {
    ...options,
    type: VISIT,
  });
  const watermarks = WatermarkStrategy.forMonotonousTimestamps<Visit>().withTimestampAssigner(
    ({ time }) => Math.floor(time),
  );
  return env.fromSource(source, watermarks, 'visits');
}

/** The same records in each run; the meter begins after those that are not measured. */
class Visits {
  private readonly job: MeasuredJob;
  private readonly meter: Meter;
  private readonly recordsOfSubtask: number;
  private readonly warmUp: number;
  private beganAt: number;

  constructor(job: MeasuredJob) {
    this.job = job;
    this.meter = new Meter(job.meter);
    this.recordsOfSubtask = Math.ceil(job.records / job.parallelism);
    this.warmUp = Meter.warmUp(this.recordsOfSubtask) & -PROGRESS_RECORDS;
    this.beganAt = 0;
  }

  /** From then on the rate counts. */
  open(): void {
    this.beganAt = nowOfProcess();
  }

  map(index: number): Visit {
    const { job, recordsOfSubtask } = this;
    const subtask = Math.floor(index / recordsOfSubtask);
    const i = index - subtask * recordsOfSubtask;
    if (i % PROGRESS_RECORDS === 0 || i + 1 === recordsOfSubtask) {
      this.tell(job.firstSubtask + subtask, i);
    }
    // Scattered, each key as often. Source: Knuth's multiplicative hash.
    const key = (Math.imul(index, 2_654_435_761) >>> 0) % job.keys;
    const time = job.rate === undefined ? this.eventTime(i) : this.dueTime(i, job.rate);
    // Made anew as by a source that reads bytes: nothing of it is known from an earlier record.
    return { user: `user-${key}`, time };
  }

  private tell(subtask: number, i: number): void {
    this.meter.made(subtask, i);
    if (i === this.warmUp) {
      this.meter.warm(subtask);
    }
    if (i + 1 === this.recordsOfSubtask) {
      this.meter.sourceEnds();
    }
  }

  private eventTime(i: number): number {
    const { keys, parallelism } = this.job;
    return Math.floor((i * parallelism * MINUTE_MS) / (keys * RECORDS_PER_KEY_AND_WINDOW));
  }

  /** Not when it was made: what is made late because the thread was busy counts as late. */
  private dueTime(i: number, rate: number): number {
    return this.beganAt + (i * this.job.parallelism * 1000) / rate;
  }
}

class VisitCounter extends KeyedProcessFunction<string, Visit, Visit> {
  private visits!: ValueState<number>;

  override open(): void {
    this.visits = this.runtimeContext.getState(new ValueStateDescriptor('visits', Types.LONG));
  }

  override processElement(
    visit: Visit,
    _context: KeyedProcessContext<string>,
    out: Collector<Visit>,
  ): void {
    this.visits.update((this.visits.value() ?? 0) + 1);
    out.collect(visit);
  }
}

/** Discards the records; what remains is on the meter. */
class MeteredSink<T = Visit> implements Sink<T> {
  private readonly job: MeasuredJob;
  private readonly numberOf: (value: T) => number;

  constructor(job: MeasuredJob, numberOf: (value: T) => number = () => 1) {
    this.job = job;
    this.numberOf = numberOf;
  }

  createWriter({ subtaskId }: WriterInitContext): SinkWriter<T> {
    const { meter: buffer, firstSubtask, rate, sinkMicros = 0 } = this.job;
    const { numberOf } = this;
    const meter = new Meter(buffer);
    const warmUp = Meter.warmUp(this.job.records / this.job.parallelism);
    const pause = new Pause(sinkMicros / 1000);
    let sum = 0;
    let count = 0;
    return {
      write: (value) => {
        sum += numberOf(value);
        count++;
        if (rate !== undefined && count > warmUp) {
          meter.latency(nowOfProcess() - (value as unknown as Visit).time);
        }
        if (count % PROGRESS_RECORDS === 0) {
          meter.progress(firstSubtask + subtaskId, count);
        }
        pause.afterRecord();
      },
      flush: (endOfInput) => {
        if (endOfInput) {
          meter.end(firstSubtask + subtaskId, sum, count);
        }
      },
      close: () => {},
    };
  }
}

/** Blocks the thread now and then, as long as the records since then are to take. */
class Pause {
  private readonly msPerRecord: number;
  private readonly nobody: Int32Array;
  private owedMs: number;

  constructor(msPerRecord: number) {
    this.msPerRecord = msPerRecord;
    this.nobody = new Int32Array(new SharedArrayBuffer(4));
    this.owedMs = 0;
  }

  afterRecord(): void {
    this.owedMs += this.msPerRecord;
    if (this.owedMs >= 1) {
      const began = nowOfProcess();
      Atomics.wait(this.nobody, 0, 0, this.owedMs);
      this.owedMs -= nowOfProcess() - began;
    }
  }
}
