/**
 * The program that is simulated: every kind of state whose loss or doubling shows in its output.
 *
 * Records of odd keys take a detour over another task, so barriers reach the keyed operators on
 * several channels at different times. They also meet the other records again, in a join whose two
 * inputs are fed by the two ways.
 */
import {
  type AggregateFunction,
  type Collector,
  type Configuration,
  type ProcessJoinContext,
  ProcessJoinFunction,
  type ProcessWindowContext,
  ProcessWindowFunction,
  type TimeWindow,
  TumblingEventTimeWindows,
  Types,
  WatermarkStrategy,
} from '@millrace/core';
import {
  type DataStream,
  type SingleOutputStreamOperator,
  StreamExecutionEnvironment,
} from '@millrace/datastream';
import { createJobGraph, type JobGraph } from '@millrace/runtime';
import { CountPassing, PASSED } from './count-passing.ts';
import { CountPerKey } from './count-per-key.ts';
import { type ExternalSystem, TransactionalSink } from './external-system.ts';
import { keyOf, MEETING_MS, meetingKeyOf, takesDetour, WINDOW_MS } from './oracle.ts';
import type { BarrierBug } from './planted-barrier-bugs.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import { eventTimeOf, SimulatedSource } from './simulated-source.ts';
import { CALM_AT_MS } from './simulation-plan.ts';
import { StallingMap } from './stalling-map.ts';

/** A bug that the simulation has to find. */
export type Canary =
  | BarrierBug
  /** Barriers are not aligned. */
  | 'at-least-once'
  /** The sink commits before its checkpoint completes. */
  | 'commits-early'
  /** The source's splits are in the snapshot without their positions. */
  | 'forgets-position'
  | SlotsCanary;

/** One that only several slots have. */
export type SlotsCanary =
  /** Two messages that a slot hears or says change places. */
  | 'swaps-messages'
  /** An acknowledgement of a former attempt is taken for one of the attempt that runs. */
  | 'acknowledges-for-new-attempt'
  /** A record between two slots is lost. */
  | 'loses-record'
  /** What a barrier overtakes at the sending end is not told. */
  | 'forgets-overtaken'
  /** The beginning of an element that a barrier cut is not told. */
  | 'forgets-cut-element'
  /** The reader of a slot goes on where it was, whatever is restored. */
  | 'keeps-reader';

export interface SimulatedProgramOptions {
  readonly configuration: Configuration;
  readonly process: SimulatedProcess;
  readonly system: ExternalSystem;
  readonly canary: Canary | undefined;
  /** The keyed operators are held up. */
  readonly isSlow: boolean;
}

/** `count,sum` of the records of a window. */
const countAndSum: AggregateFunction<number, [number, number], string> = {
  createAccumulator: () => [0, 0],
  add: (record, [count, sum]) => [count + 1, sum + record],
  getResult: ([count, sum]) => `${count} ${sum}`,
  merge: (a, b) => [a[0] + b[0], a[1] + b[1]],
};

class DescribeWindow extends ProcessWindowFunction<string, string, number, TimeWindow> {
  private readonly simulatedProcess: SimulatedProcess;

  constructor(simulatedProcess: SimulatedProcess) {
    super();
    this.simulatedProcess = simulatedProcess;
  }

  process(
    key: number,
    context: ProcessWindowContext<TimeWindow>,
    results: Iterable<string>,
    out: Collector<string>,
  ): void {
    const { start } = context.window;
    this.simulatedProcess.step(`window ${start} of key ${key} fires`);
    for (const result of results) {
      out.collect(`window ${key} ${start} ${result}`);
    }
  }
}

class DescribeMeeting extends ProcessJoinFunction<number, number, string> {
  private readonly simulatedProcess: SimulatedProcess;

  constructor(simulatedProcess: SimulatedProcess) {
    super();
    this.simulatedProcess = simulatedProcess;
  }

  processElement(
    direct: number,
    detour: number,
    _context: ProcessJoinContext,
    out: Collector<string>,
  ): void {
    this.simulatedProcess.step(`${direct} meets ${detour}`);
    out.collect(`met ${direct} ${detour}`);
  }
}

export function simulatedJobGraph(options: SimulatedProgramOptions): JobGraph {
  const { configuration, process, system, canary } = options;
  const env = StreamExecutionEnvironment.createLocalEnvironment(configuration);
  const passing = env
    .fromSource(
      new SimulatedSource(process, {
        forgetsPosition: canary === 'forgets-position',
        keepsReader: canary === 'keeps-reader',
      }),
      WatermarkStrategy.forMonotonousTimestamps<number>().withTimestampAssigner(eventTimeOf),
      'numbers',
      Types.LONG,
    )
    .uid('numbers')
    .process(new CountPassing(process), Types.LONG)
    .uid('passing');
  const { direct, detour } = withDetour(passing, process);
  const keyed = direct.union(detour).keyBy(keyOf, Types.LONG);
  const counts = keyed.process(new CountPerKey(process), Types.STRING).uid('counts');
  const windows = keyed
    .window(TumblingEventTimeWindows.of(WINDOW_MS))
    .aggregate(countAndSum, new DescribeWindow(process), {
      accumulatorType: Types.TUPLE(Types.LONG, Types.LONG),
      type: Types.STRING,
    })
    .uid('windows');
  const meetings = direct
    .keyBy(meetingKeyOf, Types.LONG)
    .intervalJoin(detour.keyBy(meetingKeyOf, Types.LONG))
    .between(-MEETING_MS, MEETING_MS)
    .process(new DescribeMeeting(process), Types.STRING)
    .uid('meetings');
  const slowly = (stream: DataStream<string>, uid: string): DataStream<string> =>
    options.isSlow ? stalling(stream, process, CALM_AT_MS).uid(`slow ${uid}`) : stream;
  slowly(counts, 'counts')
    .union(slowly(windows, 'windows'), slowly(meetings, 'meetings'), passing.getSideOutput(PASSED))
    .sinkTo(new TransactionalSink({ system, process, commitsEarly: canary === 'commits-early' }))
    .uid('sink');
  addAside(env, options);
  return createJobGraph(env.getStreamGraph());
}

/** A pipeline whose subtasks exchange nothing with others: each fails and restarts alone. */
function addAside(env: StreamExecutionEnvironment, options: SimulatedProgramOptions): void {
  const { process, system, canary } = options;
  env
    .fromSource(
      new SimulatedSource(process, {
        forgetsPosition: canary === 'forgets-position',
        keepsReader: canary === 'keeps-reader',
      }),
      WatermarkStrategy.noWatermarks<number>(),
      'aside numbers',
      Types.LONG,
    )
    .uid('aside numbers')
    .map((record) => {
      process.step(`${record} goes aside`);
      return `aside ${record}`;
    }, Types.STRING)
    .uid('aside')
    .sinkTo(new TransactionalSink({ system, process, commitsEarly: canary === 'commits-early' }))
    .uid('aside sink');
}

function withDetour(
  stream: DataStream<number>,
  process: SimulatedProcess,
): { readonly direct: DataStream<number>; readonly detour: DataStream<number> } {
  const direct = stream.filter((record) => !takesDetour(record)).uid('direct');
  const detour = stalling(stream.filter(takesDetour).uid('to detour'), process)
    .uid('detour')
    .disableChaining();
  return { direct, detour };
}

function stalling<T>(
  stream: DataStream<T>,
  process: SimulatedProcess,
  untilMs?: number,
): SingleOutputStreamOperator<T> {
  return stream.transform<T>({
    name: 'Stalling',
    createOperator: (name) => new StallingMap(name, process, untilMs),
    type: stream.type,
  });
}
