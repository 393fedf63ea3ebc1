/**
 * The stateful functions of the interop program, statement by statement those of the Java project.
 *
 * Java: tests/interop/src/main/java/lab/SpJob.java
 */
import {
  type AggregatingState,
  type CheckpointedFunction,
  type Collector,
  type FunctionInitializationContext,
  type KeyedBroadcastContext,
  KeyedBroadcastProcessFunction,
  type KeyedProcessContext,
  KeyedProcessFunction,
  type KeyedReadOnlyBroadcastContext,
  type ListState,
  type MapState,
  type ProcessContext,
  ProcessFunction,
  ProcessWindowFunction,
  type ReducingState,
  type TimeWindow,
  type ValueState,
} from 'millrace';
import {
  BASE,
  FAR,
  type InteropEvent,
  type KeyPojo,
  NUMBER_OF_EVENTS,
  type Pojo,
  pojo,
} from './interop-events.ts';
import * as states from './interop-types.ts';

/** Asked of each function, for the current key: what does it see? */
export type OnRead = (uid: string, key: unknown, state: Readonly<Record<string, unknown>>) => void;

abstract class InteropFunction<K> extends KeyedProcessFunction<K, InteropEvent, never> {
  private readonly uid: string;
  private readonly onRead: OnRead | undefined;

  constructor(uid: string, onRead: OnRead | undefined) {
    super();
    this.uid = uid;
    this.onRead = onRead;
  }

  override processElement(event: InteropEvent, context: KeyedProcessContext<K>): void {
    if (this.onRead !== undefined) {
      this.onRead(this.uid, context.currentKey, this.seen());
      return;
    }
    this.update(event, context);
  }

  protected abstract update(event: InteropEvent, context: KeyedProcessContext<K>): void;
  protected abstract seen(): Readonly<Record<string, unknown>>;
}

export class ByString extends InteropFunction<string> {
  private vLong!: ValueState<number>;
  private vString!: ValueState<string>;
  private vPojo!: ValueState<Pojo>;
  private vTuple!: ValueState<[string, number]>;
  private lLong!: ListState<number>;
  private lString!: ListState<string>;
  private mStringLong!: MapState<string, number>;
  private mLongPojo!: MapState<number, Pojo>;
  private rLong!: ReducingState<number>;
  private aAvg!: AggregatingState<number, number>;
  private vFired!: ValueState<number>;

  override open(): void {
    const context = this.runtimeContext;
    this.vLong = context.getState(states.V_LONG);
    this.vString = context.getState(states.V_STRING);
    this.vPojo = context.getState(states.V_POJO);
    this.vTuple = context.getState(states.V_TUPLE);
    this.lLong = context.getListState(states.L_LONG);
    this.lString = context.getListState(states.L_STRING);
    this.mStringLong = context.getMapState(states.M_STRING_LONG);
    this.mLongPojo = context.getMapState(states.M_LONG_POJO);
    this.rLong = context.getReducingState(states.R_LONG);
    this.aAvg = context.getAggregatingState(states.A_AVG);
    this.vFired = context.getState(states.V_FIRED);
  }

  protected override update(event: InteropEvent, context: KeyedProcessContext<string>): void {
    const { id, value } = event;
    const key = id % 50;
    const round = Math.floor(id / 50);
    const count = (this.vLong.value() ?? 0) + 1;
    this.vLong.update(count);
    if (key !== 7) {
      this.vString.update(`last-${id}${id % 3 === 0 ? ' żółć \u{1F600}' : ''}`);
    }
    this.vPojo.update(pojo(id));
    this.vTuple.update([event.stringKey, count]);
    if (id % 4 === 0) {
      this.lLong.add(id);
    }
    if (id % 10 === 0) {
      this.lString.add(`s${id}`);
    }
    const mapKey = `m${round % 5}`;
    this.mStringLong.put(mapKey, (this.mStringLong.get(mapKey) ?? 0) + value);
    this.mLongPojo.put((round % 3) - 1, pojo(id));
    this.rLong.add(value);
    this.aAvg.add(value);
    this.registerTimers(event, context);
    if (id >= NUMBER_OF_EVENTS - 100 && key === 5) {
      this.vTuple.clear();
      this.mStringLong.remove('m0');
    }
    if (id >= NUMBER_OF_EVENTS - 50 && key === 6) {
      this.lString.clear();
      this.lLong.clear();
      this.mLongPojo.clear();
    }
  }

  private registerTimers({ id, timestamp }: InteropEvent, context: KeyedProcessContext<string>) {
    const timers = context.timerService();
    const round = Math.floor(id / 50);
    timers.registerEventTimeTimer(BASE + 100_000 + (round % 20) * 1000);
    if (id % 6 === 0) {
      timers.deleteEventTimeTimer(BASE + 100_000 + (round % 20) * 1000);
    }
    timers.registerEventTimeTimer(timestamp + 500);
    timers.registerProcessingTimeTimer(FAR + (round % 3) * 1000);
  }

  override onTimer(): void {
    this.vFired.update((this.vFired.value() ?? 0) + 1);
  }

  protected override seen(): Readonly<Record<string, unknown>> {
    return {
      'v-long': this.vLong.value(),
      'v-string': this.vString.value(),
      'v-pojo': this.vPojo.value(),
      'v-tuple2': this.vTuple.value(),
      'l-long': [...this.lLong.get()],
      'l-string': [...this.lString.get()],
      'm-string-long': new Map(this.mStringLong.entries()),
      'm-long-pojo': new Map(this.mLongPojo.entries()),
      'r-long': this.rLong.get(),
      'a-avg': this.aAvg.get(),
      'v-fired': this.vFired.value(),
    };
  }
}

const LEVELS = ['LOW', 'MID', 'HIGH'];

export class ByLong extends InteropFunction<bigint> {
  private vLong!: ValueState<number>;
  private lLong!: ListState<number>;
  private mStringLong!: MapState<string, number>;
  private vSpecific!: ValueState<unknown>;
  private vGeneric!: ValueState<unknown>;

  override open(): void {
    this.vLong = this.runtimeContext.getState(states.V_LONG);
    this.lLong = this.runtimeContext.getListState(states.L_LONG);
    this.mStringLong = this.runtimeContext.getMapState(states.M_STRING_LONG);
    this.vSpecific = this.runtimeContext.getState(states.V_AVRO_SPECIFIC);
    this.vGeneric = this.runtimeContext.getState(states.V_AVRO_GENERIC);
  }

  protected override update(event: InteropEvent, context: KeyedProcessContext<bigint>): void {
    const { id } = event;
    this.vLong.update((this.vLong.value() ?? 0) + event.value);
    if (id % 3 === 0) {
      this.lLong.add(-id);
    }
    this.mStringLong.put(`k${id % 4}`, id);
    this.vSpecific.update({
      sensor: `s${id % 9}`,
      reading: id / 8,
      seq: id,
      flag: id % 2 === 1,
      note: id % 4 === 0 ? null : `note ${id}`,
      tags: id % 3 === 0 ? [] : [`a${id % 5}`, 'b'],
      attrs: { m: id },
      level: LEVELS[id % 3],
    });
    this.vGeneric.update({
      id,
      name: `g${id}`,
      opt: id % 2 === 0 ? null : id,
      raw: Uint8Array.of(id & 255, (id >> 8) & 255),
      f: id / 2,
    });
    context.timerService().registerEventTimeTimer(BASE + 200_000 + (id % 10));
    context.timerService().registerProcessingTimeTimer(FAR + (id % 2));
  }

  protected override seen(): Readonly<Record<string, unknown>> {
    return {
      'v-long': this.vLong.value(),
      'l-long': [...this.lLong.get()],
      'm-string-long': new Map(this.mStringLong.entries()),
      'v-avro-specific': this.vSpecific.value(),
      'v-avro-generic': this.vGeneric.value(),
    };
  }
}

export class ByTuple extends InteropFunction<[string, number]> {
  private vLong!: ValueState<number>;
  private mStringLong!: MapState<string, number>;

  override open(): void {
    this.vLong = this.runtimeContext.getState(states.V_LONG);
    this.mStringLong = this.runtimeContext.getMapState(states.M_STRING_LONG);
  }

  protected override update(
    { id }: InteropEvent,
    context: KeyedProcessContext<[string, number]>,
  ): void {
    this.vLong.update((this.vLong.value() ?? 0) + 1);
    this.mStringLong.put(`x${id % 6}`, id);
    context.timerService().registerEventTimeTimer(BASE + 300_000);
  }

  protected override seen(): Readonly<Record<string, unknown>> {
    return {
      'v-long': this.vLong.value(),
      'm-string-long': new Map(this.mStringLong.entries()),
    };
  }
}

export class ByPojo extends InteropFunction<KeyPojo> {
  private vString!: ValueState<string>;
  private lString!: ListState<string>;

  override open(): void {
    this.vString = this.runtimeContext.getState(states.V_STRING);
    this.lString = this.runtimeContext.getListState(states.L_STRING);
  }

  protected override update(
    { id, pojoKey }: InteropEvent,
    context: KeyedProcessContext<KeyPojo>,
  ): void {
    this.vString.update(`p${id}`);
    if (id % 5 === 0) {
      this.lString.add(`q${id}`);
    }
    context.timerService().registerEventTimeTimer(BASE + 400_000 + pojoKey.id);
  }

  protected override seen(): Readonly<Record<string, unknown>> {
    return { 'v-string': this.vString.value(), 'l-string': [...this.lString.get()] };
  }
}

export class NullMap extends InteropFunction<string> {
  private mNull!: MapState<string, number | null>;

  override open(): void {
    this.mNull = this.runtimeContext.getMapState(states.M_NULL);
  }

  protected override update({ id }: InteropEvent): void {
    this.mNull.put(`n${id % 4}`, id % 3 === 0 ? null : id);
  }

  protected override seen(): Readonly<Record<string, unknown>> {
    return { 'm-null': new Map(this.mNull.entries()) };
  }
}

export class Expiring extends InteropFunction<string> {
  private value!: ValueState<number>;
  private list!: ListState<number>;
  private map!: MapState<string, number>;

  override open(): void {
    this.value = this.runtimeContext.getState(states.TTL_V);
    this.list = this.runtimeContext.getListState(states.TTL_L);
    this.map = this.runtimeContext.getMapState(states.TTL_M);
  }

  protected override update({ id, value }: InteropEvent): void {
    this.value.update(id);
    if (id % 8 === 0) {
      this.list.add(id);
    }
    this.map.put(`t${id % 3}`, value);
  }

  protected override seen(): Readonly<Record<string, unknown>> {
    return {
      'ttl-v': this.value.value(),
      'ttl-l': [...this.list.get()],
      'ttl-m': new Map(this.map.entries()),
    };
  }
}

/** Keeps the rules that are broadcast; counts the events of a key. */
export class WithRules extends KeyedBroadcastProcessFunction<
  string,
  InteropEvent,
  [string, number],
  never
> {
  private readonly onRead: OnRead | undefined;
  private count!: ValueState<number>;

  constructor(onRead: OnRead | undefined) {
    super();
    this.onRead = onRead;
  }

  override open(): void {
    this.count = this.runtimeContext.getState(states.B_COUNT);
  }

  override processElement(
    _event: InteropEvent,
    context: KeyedReadOnlyBroadcastContext<string>,
  ): void {
    if (this.onRead === undefined) {
      this.count.update((this.count.value() ?? 0) + 1);
      return;
    }
    this.onRead('broadcast-op', context.currentKey, { 'b-count': this.count.value() });
  }

  override processBroadcastElement(
    [name, value]: [string, number],
    context: KeyedBroadcastContext<string>,
  ): void {
    context.getBroadcastState(states.RULES).put(name, value);
  }
}

/** What a subtask found in its operator state when it was restored. */
export type OnRestore = (subtask: number, name: string, items: readonly unknown[]) => void;

export class OpState extends ProcessFunction<InteropEvent, never> implements CheckpointedFunction {
  private readonly onRestore: OnRestore;
  private even: string[] = [];
  private sum = 0;
  private evenList!: ListState<string>;
  private unionList!: ListState<[number, number]>;

  constructor(onRestore: OnRestore) {
    super();
    this.onRestore = onRestore;
  }

  initializeState(context: FunctionInitializationContext): void {
    const subtask = this.runtimeContext.taskInfo.indexOfThisSubtask;
    this.evenList = context.operatorStateStore.getListState(states.EVEN_LIST);
    this.unionList = context.operatorStateStore.getUnionListState(states.UNION_LIST);
    this.even = [...this.evenList.get()];
    const sums = [...this.unionList.get()];
    this.sum = sums.find(([index]) => index === subtask)?.[1] ?? 0;
    if (context.isRestored) {
      this.onRestore(subtask, 'even-list', [...this.even]);
      this.onRestore(subtask, 'union-list', sums);
    }
  }

  override processElement({ id, value }: InteropEvent, _context: ProcessContext): void {
    if (id % 100 < 2) {
      this.even.push(`e-${id}`);
    }
    this.sum += value;
  }

  snapshotState(): void {
    this.evenList.update(this.even);
    this.unionList.update([[this.runtimeContext.taskInfo.indexOfThisSubtask, this.sum]]);
  }
}

/** Keeps its elements, so that panes are lists. */
export class Discard extends ProcessWindowFunction<[bigint, string], never, bigint, TimeWindow> {
  override process(
    _key: bigint,
    _context: unknown,
    _elements: Iterable<[bigint, string]>,
    _out: Collector<never>,
  ): void {}
}
