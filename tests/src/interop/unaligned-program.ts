/**
 * A job with an edge of each kind that an unaligned checkpoint stores: keyed and round robin, into
 * one input and into two, out of chains that fork, between several subtasks on both sides.
 *
 * Java: tests/interop/src/main/java/lab/UnalignedCheckpoint.java
 */
import { StreamMap } from '@millrace/runtime';
import {
  DataGeneratorSource,
  type DataStream,
  KeyedCoProcessFunction,
  type KeyedProcessContext,
  KeyedProcessFunction,
  StreamExecutionEnvironment,
  type TypeInformation,
  Types,
  type ValueState,
  ValueStateDescriptor,
  WatermarkStrategy,
} from 'millrace';
import { heldAfter } from './interop-program.ts';

/** Operators with keyed state. */
export const UNALIGNED_UIDS: readonly string[] = ['both', 'after', 'union'];

const PAIR = Types.TUPLE(Types.INT, Types.LONG);
const SUM = new ValueStateDescriptor('sum', Types.LONG);
const COUNT = new ValueStateDescriptor('count', Types.LONG);
const FIRED = new ValueStateDescriptor('fired', Types.LONG);
const SUM_1 = new ValueStateDescriptor('sum-1', Types.LONG);
const SUM_2 = new ValueStateDescriptor('sum-2', Types.LONG);

function add(state: ValueState<number>, more: number): void {
  state.update((state.value() ?? 0) + more);
}

class Sum extends KeyedProcessFunction<number, number, never> {
  private sum!: ValueState<number>;
  private count!: ValueState<number>;
  private fired!: ValueState<number>;

  override open(): void {
    this.sum = this.runtimeContext.getState(SUM);
    this.count = this.runtimeContext.getState(COUNT);
    this.fired = this.runtimeContext.getState(FIRED);
  }

  override processElement(n: number, context: KeyedProcessContext<number>): void {
    add(this.sum, n);
    add(this.count, 1);
    context.timerService().registerEventTimeTimer((context.timestamp() ?? 0) + 50);
  }

  override onTimer(): void {
    add(this.fired, 1);
  }
}

class Both extends KeyedCoProcessFunction<number, [number, number], number, never> {
  private sum1!: ValueState<number>;
  private sum2!: ValueState<number>;

  override open(): void {
    this.sum1 = this.runtimeContext.getState(SUM_1);
    this.sum2 = this.runtimeContext.getState(SUM_2);
  }

  override processElement1([a, b]: [number, number]): void {
    add(this.sum1, a + b);
  }

  override processElement2(n: number): void {
    add(this.sum2, n);
  }
}

const EACH_HUNDREDTH = WatermarkStrategy.forGenerator<number>(() => ({
  onEvent: (n, _timestamp, output) => {
    if (n % 100 === 0) {
      output.emitWatermark(n);
    }
  },
  onPeriodicEmit: () => {},
})).withTimestampAssigner((n) => n);

export interface UnalignedOptions {
  readonly configuration: Readonly<Record<string, string>>;
  readonly parallelism: number;
  /** How many numbers of each source this run processes. */
  readonly events: number;
  /**
   * True: the operators with keyed state take no record, so all that is sent to them is in flight.
   * They are chained to others for that, which the program then keeps with false.
   */
  readonly isHeld?: boolean | undefined;
}

/** Chained behind an operator with keyed state, and without a state of its own. */
class Hold extends StreamMap<never, never> {
  private readonly isHeld: boolean;

  constructor(name: string, isHeld: boolean) {
    super({ name, fn: (value) => value });
    this.isHeld = isHeld;
  }

  override isAvailable(): Promise<void> | undefined {
    return this.isHeld ? new Promise(() => {}) : undefined;
  }
}

export function unalignedProgram(options: UnalignedOptions): StreamExecutionEnvironment {
  const env = StreamExecutionEnvironment.createLocalEnvironment(options.configuration);
  env.setParallelism(options.parallelism).setMaxParallelism(128);
  const numbers = (name: string): DataStream<number> => {
    const source = new DataGeneratorSource((n) => n, 1_000_000, {
      rateLimiterStrategy: heldAfter(options.events),
    });
    return env
      .fromSource(source, EACH_HUNDREDTH, name, Types.LONG)
      .uid(name)
      .setParallelism(1)
      .map((n) => n, Types.LONG)
      .uid(`${name}-out`)
      .setParallelism(1);
  };
  const held = (stream: DataStream<never>): void => {
    const { isHeld } = options;
    if (isHeld !== undefined) {
      const createOperator = (name: string) => new Hold(name, isHeld);
      stream.transform({
        name: 'hold',
        createOperator,
        type: Types.LONG as TypeInformation<never>,
      });
    }
  };
  const a = numbers('a');
  const b = numbers('b');
  const both = b
    .map((n): [number, number] => [n % 7, n], PAIR)
    .uid('pairs')
    .setParallelism(1)
    .keyBy(([, n]) => n % 10, Types.LONG)
    .connect(a.keyBy((n) => n % 10, Types.LONG))
    .process(new Both())
    .uid('both');
  const after = a
    .rebalance()
    .map((n) => n * 2, Types.LONG)
    .uid('spread')
    .keyBy((n) => n % 10, Types.LONG)
    .process(new Sum())
    .uid('after');
  const union = a
    .union(b)
    .keyBy((n) => n % 10, Types.LONG)
    .process(new Sum())
    .uid('union');
  for (const stream of [both, after, union]) {
    held(stream as DataStream<never>);
  }
  return env;
}

/** The last watermark that the sources send, when they have sent so many numbers each. */
export function lastWatermark(events: number): number {
  return Math.floor((events - 1) / 100) * 100;
}
