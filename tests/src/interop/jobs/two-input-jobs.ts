/**
 * Joins and connected streams, in lockstep. The records that keep the step put nothing out.
 *
 * Java: lab.jobs.TwoInputJobs.
 */
import {
  type Collector,
  EventTimeSessionWindows,
  KeyedCoProcessFunction,
  type KeyedProcessContext,
  type ListState,
  ListStateDescriptor,
  type OnTimerContext,
  OutputTag,
  type ProcessJoinContext,
  ProcessJoinFunction,
  TumblingEventTimeWindows,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from 'millrace';
import { EVENT, type Event, seqs, summary } from './event.ts';
import { input, type Jobs, twoInputProgram } from './job.ts';
import { isSync } from './lockstep.ts';
import { text } from './text.ts';

const LATE_LEFT = new OutputTag<Event>('late-left', EVENT);
const LATE_RIGHT = new OutputTag<Event>('late-right', EVENT);

function pair(left: Event, right: Event): string {
  return text(left.key, `#${left.seq}`, `#${right.seq}`);
}

function bothSides(left: Iterable<Event>, right: Iterable<Event>, out: Collector<string>): void {
  const [any] = [...left, ...right];
  out.collect(text(any?.key, seqs(left), seqs(right)));
}

class TellPair extends ProcessJoinFunction<Event, Event, string> {
  override processElement(
    left: Event,
    right: Event,
    context: ProcessJoinContext,
    out: Collector<string>,
  ): void {
    const { leftTimestamp, rightTimestamp, timestamp } = context;
    out.collect(text(pair(left, right), leftTimestamp, rightTimestamp, timestamp));
  }
}

/** Both inputs see the same state and timers of their key. */
class Shared extends KeyedCoProcessFunction<string, Event, Event, string> {
  private balance!: ValueState<number>;
  private seen!: ListState<number>;

  override open(): void {
    this.balance = this.runtimeContext.getState(new ValueStateDescriptor('balance', Types.LONG));
    this.seen = this.runtimeContext.getListState(new ListStateDescriptor('seen', Types.LONG));
  }

  override processElement1(
    { key, seq, value, ts }: Event,
    context: KeyedProcessContext<string>,
    out: Collector<string>,
  ): void {
    if (isSync(key)) {
      return;
    }
    const timers = context.timerService();
    const balance = (this.balance.value() ?? 0) + value;
    this.balance.update(balance);
    this.seen.add(seq);
    timers.registerEventTimeTimer(ts + 100);
    const watermark = timers.currentWatermark();
    out.collect(
      text(context.currentKey, 'left', `#${seq}`, balance, context.timestamp(), watermark),
    );
  }

  override processElement2(
    { key, seq, value, ts }: Event,
    context: KeyedProcessContext<string>,
    out: Collector<string>,
  ): void {
    if (isSync(key)) {
      return;
    }
    const timers = context.timerService();
    const balance = (this.balance.value() ?? 0) - value;
    this.balance.update(balance);
    if (value % 2 === 0) {
      timers.deleteEventTimeTimer(ts + 100);
    } else {
      timers.registerEventTimeTimer(ts + 250);
    }
    const watermark = timers.currentWatermark();
    out.collect(
      text(context.currentKey, 'right', `#${seq}`, balance, context.timestamp(), watermark),
    );
  }

  override onTimer(time: number, context: OnTimerContext<string>, out: Collector<string>): void {
    const seen = [...this.seen.get()].map((seq) => `#${seq}`);
    this.seen.clear();
    out.collect(
      text(context.currentKey, 'timer', time, this.balance.value(), `[${seen.join(',')}]`),
    );
  }
}

function intervalJoin(isExclusive: boolean) {
  return twoInputProgram((events, out, lockstep) => {
    const { key } = lockstep;
    const joined = input(events, 'left')
      .keyBy(key, Types.STRING)
      .intervalJoin(input(events, 'right').keyBy(key, Types.STRING))
      .between(isExclusive ? 20 : -120, isExclusive ? 180 : 60)
      .sideOutputLeftLateData(LATE_LEFT)
      .sideOutputRightLateData(LATE_RIGHT);
    const bounded = isExclusive ? joined.lowerBoundExclusive().upperBoundExclusive() : joined;
    const pairs = bounded.process(new TellPair());
    out.write('result', pairs);
    // The operator asks for no key of a late record.
    const late = (event: Event): string => {
      lockstep.arrived(event);
      return summary(event);
    };
    out.write('late-left', pairs.getSideOutput(LATE_LEFT).map(late));
    out.write('late-right', pairs.getSideOutput(LATE_RIGHT).map(late));
  });
}

export const TWO_INPUT_JOBS: Jobs = {
  'window-join': twoInputProgram((events, out, { key }) => {
    const pairs = input(events, 'left')
      .join(input(events, 'right'))
      .where(key, Types.STRING)
      .equalTo(key, Types.STRING)
      .window(TumblingEventTimeWindows.of(800))
      .apply(pair);
    out.write(
      'result',
      pairs.filter((line) => !isSync(line)),
    );
  }),

  'co-group': twoInputProgram((events, out, { key }) => {
    const groups = input(events, 'left')
      .coGroup(input(events, 'right'))
      .where(key, Types.STRING)
      .equalTo(key, Types.STRING)
      .window(EventTimeSessionWindows.withGap(50))
      .allowedLateness(200)
      .apply(bothSides);
    out.write(
      'result',
      groups.filter((line) => !isSync(line)),
    );
  }),

  'interval-join': intervalJoin(false),

  'interval-join-exclusive': intervalJoin(true),

  connected: twoInputProgram((events, out, { key }) => {
    const left = input(events, 'left').keyBy(key, Types.STRING);
    const right = input(events, 'right').keyBy(key, Types.STRING);
    out.write('result', left.connect(right).process(new Shared()));
  }),
};
