/**
 * A function with every kind of keyed state and operator list state, beside plain code that says
 * what they must hold.
 */
import {
  type AggregatingState,
  AggregatingStateDescriptor,
  type CheckpointedFunction,
  type Collector,
  type FunctionInitializationContext,
  type KeyedProcessContext,
  KeyedProcessFunction,
  type ListState,
  ListStateDescriptor,
  type MapState,
  MapStateDescriptor,
  OutputTag,
  type ReducingState,
  ReducingStateDescriptor,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from 'millrace';

export const KEYS = 7;

/** What each kind holds of one key, as text, after the key's latest record. */
export interface Held {
  readonly key: number;
  readonly records: number;
  readonly text: string;
}

/** `subtask:records`: how many records the subtask has seen, after each. */
export const SEEN: OutputTag<string> = new OutputTag('seen', Types.STRING);

const MEAN = {
  createAccumulator: (): [number, number] => [0, 0],
  add: (value: number, [sum, count]: [number, number]): [number, number] => [
    sum + value,
    count + 1,
  ],
  getResult: ([sum, count]: [number, number]): number => sum / count,
  merge: (a: [number, number], b: [number, number]): [number, number] => [a[0] + b[0], a[1] + b[1]],
};

export class AllKindsOfState
  extends KeyedProcessFunction<number, number, Held>
  implements CheckpointedFunction
{
  private readonly onRecord: (value: number) => void;
  private last!: ValueState<number>;
  private recent!: ListState<number>;
  private byDigit!: MapState<string, number>;
  private largest!: ReducingState<number>;
  private mean!: AggregatingState<number, number>;
  private seenBySubtasks!: ListState<number>;
  private seen = 0;

  constructor(onRecord: (value: number) => void) {
    super();
    this.onRecord = onRecord;
  }

  initializeState(context: FunctionInitializationContext): void {
    const store = context.operatorStateStore;
    this.seenBySubtasks = store.getListState(new ListStateDescriptor('seen', Types.LONG));
    this.seen = 0;
    for (const count of this.seenBySubtasks.get()) {
      this.seen += count;
    }
  }

  snapshotState(): void {
    this.seenBySubtasks.update([this.seen]);
  }

  override open(): void {
    const context = this.runtimeContext;
    this.last = context.getState(new ValueStateDescriptor('last', Types.LONG));
    this.recent = context.getListState(new ListStateDescriptor('recent', Types.LONG));
    this.byDigit = context.getMapState(
      new MapStateDescriptor('by-digit', Types.STRING, Types.LONG),
    );
    this.largest = context.getReducingState(
      new ReducingStateDescriptor('largest', (a: number, b: number) => Math.max(a, b), Types.LONG),
    );
    this.mean = context.getAggregatingState(
      new AggregatingStateDescriptor('mean', MEAN, Types.TUPLE(Types.LONG, Types.LONG)),
    );
  }

  override processElement(
    value: number,
    context: KeyedProcessContext<number>,
    out: Collector<Held>,
  ): void {
    this.onRecord(value);
    this.seen += 1;
    const recent = [...this.recent.get(), value].slice(-3);
    const digit = String(value % 10);
    this.last.update(value);
    this.recent.update(recent);
    this.byDigit.put(digit, (this.byDigit.get(digit) ?? 0) + 1);
    this.largest.add(value);
    this.mean.add(value);
    const digits = [...this.byDigit.entries()];
    out.collect({
      key: context.currentKey,
      records: digits.reduce((sum, [, count]) => sum + count, 0),
      text: describe({
        last: this.last.value(),
        recent: [...this.recent.get()],
        digits,
        largest: this.largest.get(),
        mean: this.mean.get(),
      }),
    });
    context.output(SEEN, `${this.runtimeContext.taskInfo.indexOfThisSubtask}:${this.seen}`);
  }
}

/** What the states of `key` hold after the records `0` to `records - 1` of all keys. */
export function expectedHeld(key: number, records: number): Held {
  const values: number[] = [];
  for (let value = key; value < records; value += KEYS) {
    values.push(value);
  }
  const digits = new Map<string, number>();
  for (const value of values) {
    digits.set(String(value % 10), (digits.get(String(value % 10)) ?? 0) + 1);
  }
  return {
    key,
    records: values.length,
    text: describe({
      last: values.at(-1),
      recent: values.slice(-3),
      digits: [...digits],
      largest: values.at(-1),
      mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    }),
  };
}

function describe(held: {
  readonly last: number | undefined;
  readonly recent: readonly number[];
  readonly digits: readonly (readonly [string, number])[];
  readonly largest: number | undefined;
  readonly mean: number | undefined;
}): string {
  const digits = [...held.digits].sort(([a], [b]) => Number(a) - Number(b));
  return JSON.stringify({ ...held, digits });
}
