/** Uses every kind of keyed state and timer, so that the loss or doubling of any shows. */
import {
  type AggregatingState,
  AggregatingStateDescriptor,
  type Collector,
  type KeyedProcessContext,
  KeyedProcessFunction,
  type ListState,
  ListStateDescriptor,
  MAX_TIMESTAMP,
  type MapState,
  MapStateDescriptor,
  type OnTimerContext,
  type ReducingState,
  ReducingStateDescriptor,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from '@millrace/core';
import { alarmOf } from './oracle.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import { splitOf } from './simulated-source.ts';

const TICK_MS = 15;
/** Stands for the end of time, which is after every watermark but the last. */
const END = MAX_TIMESTAMP;

export class CountPerKey extends KeyedProcessFunction<number, number, string> {
  private readonly process: SimulatedProcess;
  private count!: ValueState<number>;
  private ticks!: ValueState<number>;
  private tickAt!: ValueState<number>;
  private records!: ListState<number>;
  private lastOfSplit!: MapState<number, number>;
  private largest!: ReducingState<number>;
  private total!: AggregatingState<number, number>;

  constructor(process: SimulatedProcess) {
    super();
    this.process = process;
  }

  override open(): void {
    const context = this.runtimeContext;
    this.count = context.getState(new ValueStateDescriptor('count', Types.LONG));
    this.ticks = context.getState(new ValueStateDescriptor('ticks', Types.LONG));
    this.tickAt = context.getState(new ValueStateDescriptor('tick-at', Types.LONG));
    this.records = context.getListState(new ListStateDescriptor('records', Types.LONG));
    this.lastOfSplit = context.getMapState(
      new MapStateDescriptor('last-of-split', Types.LONG, Types.LONG),
    );
    this.largest = context.getReducingState(
      new ReducingStateDescriptor('largest', (a, b) => Math.max(a, b), Types.LONG),
    );
    this.total = context.getAggregatingState(
      new AggregatingStateDescriptor(
        'total',
        {
          createAccumulator: () => 0,
          add: (record: number, sum: number) => sum + record,
          getResult: (sum) => sum,
          merge: (a, b) => a + b,
        },
        Types.LONG,
      ),
    );
  }

  override processElement(
    record: number,
    context: KeyedProcessContext<number>,
    out: Collector<string>,
  ): void {
    const key = context.currentKey;
    this.process.step(`key ${key} gets ${record} ${this.where}`);
    const count = (this.count.value() ?? 0) + 1;
    this.count.update(count);
    out.collect(`count ${key} ${count}`);
    this.checkOrder(record, out);
    this.records.add(record);
    this.largest.add(record);
    this.total.add(record);
    const timers = context.timerService();
    timers.registerEventTimeTimer(alarmOf(context.timestamp() ?? 0));
    timers.registerEventTimeTimer(END);
    if (this.tickAt.value() === undefined) {
      const tickAt = timers.currentProcessingTime() + TICK_MS;
      this.tickAt.update(tickAt);
      timers.registerProcessingTimeTimer(tickAt);
    }
  }

  override onTimer(time: number, context: OnTimerContext<number>, out: Collector<string>): void {
    const key = context.currentKey;
    this.process.step(`key ${key} timer ${context.timeDomain} ${time} ${this.where}`);
    if (context.timeDomain === 'processing-time') {
      this.tick(key, time, out);
    } else if (time === END) {
      const records = [...this.records.get()].sort((a, b) => a - b);
      const { total, largest, count } = this;
      out.collect(`total ${key} ${total.get()} ${largest.get()} ${count.value()} ${records}`);
    } else {
      out.collect(`alarm ${key} ${time}`);
    }
  }

  notifyCheckpointComplete(checkpointId: number): void {
    this.process.step(`checkpoint ${checkpointId} is told ${this.where}`);
  }

  private tick(key: number, time: number, out: Collector<string>): void {
    if (this.tickAt.value() !== time) {
      out.collect(`timer of key ${key} at ${time}, not ${this.tickAt.value()}`);
    }
    const ticks = (this.ticks.value() ?? 0) + 1;
    this.ticks.update(ticks);
    this.tickAt.clear();
    out.collect(`tick ${key} ${ticks}`);
  }

  /** Records of one split and key come in their order. */
  private checkOrder(record: number, out: Collector<string>): void {
    const split = splitOf(record);
    const last = this.lastOfSplit.get(split);
    if (last !== undefined && last >= record) {
      out.collect(`record ${record} after ${last}`);
    }
    this.lastOfSplit.put(split, record);
  }

  private get where(): string {
    const { indexOfThisSubtask, numberOfParallelSubtasks } = this.runtimeContext.taskInfo;
    return `(${indexOfThisSubtask + 1}/${numberOfParallelSubtasks})`;
  }
}
