/**
 * The broadcast state pattern, in lockstep: `rule` is broadcast, `data` is not.
 *
 * Java: lab.jobs.BroadcastJobs.
 */
import {
  type BroadcastContext,
  BroadcastProcessFunction,
  type BroadcastState,
  type Collector,
  type KeyedBroadcastContext,
  type KeyedBroadcastOnTimerContext,
  KeyedBroadcastProcessFunction,
  type KeyedReadOnlyBroadcastContext,
  MapStateDescriptor,
  type ReadOnlyBroadcastContext,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from 'millrace';
import type { Event } from './event.ts';
import { input, type Jobs, twoInputProgram } from './job.ts';
import { isSync, type Lockstep } from './lockstep.ts';
import { text } from './text.ts';

const RULES = new MapStateDescriptor<string, number>('rules', Types.STRING, Types.LONG);
const TOTAL = new ValueStateDescriptor<number>('total', Types.LONG);

function ruleList(entries: Iterable<readonly [string, number]>): string {
  const sorted = [...entries].map(([key, value]) => `${key}:${value}`).sort();
  return `{${sorted.join(',')}}`;
}

/** A value divisible by 5 removes the rule of its key. */
function change(rules: BroadcastState<string, number>, { key, value }: Event): void {
  if (value % 5 === 0) {
    rules.remove(key);
  } else {
    rules.put(key, value);
  }
}

class Apply extends BroadcastProcessFunction<Event, Event, string> {
  private readonly lockstep: Lockstep;

  constructor(lockstep: Lockstep) {
    super();
    this.lockstep = lockstep;
  }

  override processElement(
    event: Event,
    context: ReadOnlyBroadcastContext,
    out: Collector<string>,
  ): void {
    this.lockstep.arrived(event);
    const { key, seq } = event;
    if (isSync(key)) {
      return;
    }
    const rules = context.getBroadcastState(RULES);
    const all = ruleList(rules.immutableEntries());
    const times = text(context.timestamp(), context.currentWatermark());
    out.collect(text(key, `#${seq}`, rules.get(key), rules.contains(key), all, times));
  }

  override processBroadcastElement(
    event: Event,
    context: BroadcastContext,
    out: Collector<string>,
  ): void {
    this.lockstep.arrived(event);
    const { key, seq } = event;
    if (isSync(key)) {
      return;
    }
    const rules = context.getBroadcastState(RULES);
    change(rules, event);
    const times = text(context.timestamp(), context.currentWatermark());
    out.collect(text(key, 'rule', `#${seq}`, ruleList(rules.entries()), times));
  }
}

class ApplyKeyed extends KeyedBroadcastProcessFunction<string, Event, Event, string> {
  private readonly lockstep: Lockstep;
  private total!: ValueState<number>;

  constructor(lockstep: Lockstep) {
    super();
    this.lockstep = lockstep;
  }

  override open(): void {
    this.total = this.runtimeContext.getState(TOTAL);
  }

  override processElement(
    { key, seq, value, ts }: Event,
    context: KeyedReadOnlyBroadcastContext<string>,
    out: Collector<string>,
  ): void {
    if (isSync(key)) {
      return;
    }
    const factor = context.getBroadcastState(RULES).get(key);
    const total = (this.total.value() ?? 0) + value * (factor ?? 1);
    this.total.update(total);
    context.timerService().registerEventTimeTimer(ts + 150);
    const times = text(context.timestamp(), context.currentWatermark());
    out.collect(text(context.currentKey, `#${seq}`, factor, total, times));
  }

  override processBroadcastElement(
    event: Event,
    context: KeyedBroadcastContext<string>,
    out: Collector<string>,
  ): void {
    this.lockstep.arrived(event);
    const { key, seq, value } = event;
    if (isSync(key)) {
      return;
    }
    change(context.getBroadcastState(RULES), event);
    // The order of keys is not specified.
    const totals = new Map<string, number>();
    context.applyToKeyedState(TOTAL, (of, state) => {
      const total = state.value() ?? Number.NaN;
      totals.set(of, total);
      if (value % 7 === 0) {
        state.update(total % 100);
      }
      if (value % 11 === 0) {
        state.clear();
      }
    });
    out.collect(text(key, 'rule', `#${seq}`, ruleList(totals), context.currentWatermark()));
  }

  override onTimer(
    time: number,
    context: KeyedBroadcastOnTimerContext<string>,
    out: Collector<string>,
  ): void {
    const rules = ruleList(context.getBroadcastState(RULES).immutableEntries());
    const total = this.total.value();
    out.collect(text(context.currentKey, 'timer', time, total, rules, context.currentWatermark()));
  }
}

export const BROADCAST_JOBS: Jobs = {
  broadcast: twoInputProgram((events, out, lockstep) => {
    const rules = input(events, 'rule').broadcast(RULES);
    out.write(
      'result',
      input(events, 'data')
        .connect(rules)
        .process(() => new Apply(lockstep)),
    );
  }),

  'broadcast-keyed': twoInputProgram((events, out, lockstep) => {
    const rules = input(events, 'rule').broadcast(RULES);
    out.write(
      'result',
      input(events, 'data')
        .keyBy(lockstep.key, Types.STRING)
        .connect(rules)
        .process(() => new ApplyKeyed(lockstep)),
    );
  }),
};
