/**
 * The job of the soak: source, keyed check of order, keyed windows, windows of lanes, files.
 *
 * Nothing may be lost or come twice at either place: the check of order sees each record of a key, and
 * the files hold the sums of all.
 */
import { memoryUsage } from 'node:process';
import {
  type AggregateFunction,
  type Collector,
  csvEncoder,
  DataGeneratorSource,
  FileSink,
  type KeyedProcessContext,
  KeyedProcessFunction,
  reinterpretAsKeyedStream,
  type StreamExecutionEnvironment,
  TumblingEventTimeWindows,
  Types,
  type ValueState,
  ValueStateDescriptor,
  WatermarkStrategy,
} from 'millrace';
import { carryOut, tellKill } from '../crash/worker-kill.ts';
import { FAULT_AT, leak, type SoakFault } from './planted-soak-faults.ts';
import { SoakChannel, type SoakMessage } from './soak-messages.ts';
import {
  RECORDS_PER_LANE,
  TICK,
  type Tick,
  tickOf,
  WINDOW_SUM,
  type WindowSum,
} from './soak-records.ts';

export interface SoakJob {
  readonly channel: string;
  readonly parallelism: number;
  readonly keys: number;
  readonly output: string;
  readonly fault: SoakFault | undefined;
}

type SoakKeys = Pick<SoakJob, 'parallelism' | 'keys'>;

const HEAP_INTERVAL_MS = 1000;
/** Of each attempt, where it is planted that it fails. */
const SECONDS_TO_FAIL = 4;

/** Of a worker with a fault that leaks; beyond the life of a task. */
const leaked: number[][] = [];

export function keysPerLane({ keys, parallelism }: SoakKeys): number {
  return Math.ceil(keys / parallelism);
}

/** In records of a lane: a key has five of them in a window. */
export function windowSizeOf(job: SoakKeys): number {
  return 5 * keysPerLane(job);
}

/** Each key must have its records one after the other. It also kills the worker when it is told to. */
class InOrder extends KeyedProcessFunction<number, Tick, Tick> {
  private readonly job: SoakJob;
  private next!: ValueState<number>;
  private channel: SoakChannel | undefined;
  private timer: NodeJS.Timeout | undefined;
  private throws = false;

  constructor(job: SoakJob) {
    super();
    this.job = job;
  }

  override open(): void {
    this.next = this.runtimeContext.getState(new ValueStateDescriptor('next', Types.LONG));
    const { indexOfThisSubtask: subtask, attemptNumber } = this.runtimeContext.taskInfo;
    this.channel = new SoakChannel(this.job.channel, (message) =>
      this.obey(message, subtask, attemptNumber),
    );
    let seconds = 0;
    this.timer = setInterval(() => {
      seconds++;
      if (this.job.fault === 'leaks-worker') {
        leak(leaked);
      }
      this.throws ||= this.job.fault === 'fails' && seconds === SECONDS_TO_FAIL;
      this.channel?.send({ kind: 'heap', subtask, used: memoryUsage().heapUsed });
    }, HEAP_INTERVAL_MS);
  }

  override processElement(
    tick: Tick,
    _context: KeyedProcessContext<number>,
    out: Collector<Tick>,
  ): void {
    const { fault } = this.job;
    const isFaulty = fault !== undefined && tick.lane === 0 && tick.n >= FAULT_AT;
    if (isFaulty && tick.n === FAULT_AT && fault === 'loses-before') {
      return;
    }
    const expected = this.next.value() ?? tick.n % keysPerLane(this.job);
    if (tick.n !== expected) {
      this.channel?.send({
        kind: 'fault',
        fault: `key ${tick.key} got record ${tick.n} instead of ${expected}`,
      });
    }
    this.next.update(tick.n + keysPerLane(this.job));
    if (this.throws) {
      throw new Error('sabotage');
    }
    if (isFaulty && this.isLost(tick, fault, out)) {
      return;
    }
    out.collect(tick);
  }

  /** The planted fault. */
  private isLost(tick: Tick, fault: SoakFault, out: Collector<Tick>): boolean {
    const isHere = tick.n === FAULT_AT;
    if (isHere && fault === 'doubles') {
      out.collect(tick);
    }
    return fault === 'loses-end' || (isHere && fault === 'loses');
  }

  override close(): void {
    clearInterval(this.timer);
    this.channel?.close();
  }

  private obey(message: SoakMessage, subtask: number, attempt: number): void {
    const kills = this.job.fault !== 'kills-nobody';
    if (kills && message.kind === 'kill' && message.subtask === subtask) {
      tellKill({ way: message.way, moment: 'time', after: 0, subtask }, attempt);
      if (message.way === 'throw') {
        this.throws = true;
      } else {
        carryOut(message.way);
      }
    }
  }
}

class SumOfTicks implements AggregateFunction<Tick, WindowSum, WindowSum> {
  createAccumulator(): WindowSum {
    return { lane: 0, n: 0, count: 0, sum: 0 };
  }

  add({ lane, n }: Tick, { count, sum }: WindowSum): WindowSum {
    return { lane, n, count: count + 1, sum: sum + n };
  }

  getResult(sum: WindowSum): WindowSum {
    return sum;
  }

  merge(a: WindowSum, b: WindowSum): WindowSum {
    return addSums(a, b);
  }
}

function addSums(a: WindowSum, b: WindowSum): WindowSum {
  return {
    lane: b.lane,
    n: Math.max(a.n, b.n),
    count: a.count + b.count,
    sum: a.sum + b.sum,
  };
}

/** Each split is a lane. */
export function soakSource(job: SoakKeys): DataGeneratorSource<Tick> {
  const perLane = keysPerLane(job);
  const records = job.parallelism * RECORDS_PER_LANE;
  return new DataGeneratorSource((index) => tickOf(index, perLane), records, { type: TICK });
}

export function buildSoak(env: StreamExecutionEnvironment, job: SoakJob): void {
  const window = TumblingEventTimeWindows.of(windowSizeOf(job));
  const byKey = env
    .fromSource(
      soakSource(job),
      WatermarkStrategy.forMonotonousTimestamps<Tick>()
        .withTimestampAssigner(({ n }) => n)
        // A lane that is ahead would fill the memory with windows that wait for the others.
        .withWatermarkAlignment('lanes', 3 * windowSizeOf(job), '200 ms'),
      'ticks',
    )
    .uid('ticks')
    .keyBy(({ key }) => key, Types.LONG)
    .process(new InOrder(job), TICK)
    .uid('in-order');
  reinterpretAsKeyedStream(byKey, ({ key }) => key, Types.LONG)
    .window(window)
    .aggregate(new SumOfTicks(), { accumulatorType: WINDOW_SUM, type: WINDOW_SUM })
    .uid('windows-of-keys')
    .keyBy(({ lane }) => lane, Types.INT)
    .window(window)
    .reduce(addSums)
    .uid('windows-of-lanes')
    .sinkTo(
      FileSink.forRowFormat(
        job.output,
        csvEncoder<WindowSum>({ columns: ['lane', 'n', 'count', 'sum'] }),
      ),
    )
    .uid('files');
}
