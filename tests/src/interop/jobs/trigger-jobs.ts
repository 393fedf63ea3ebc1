/** Triggers of Flink and of a user. Java: lab.jobs.TriggerJobs. */
import {
  ContinuousEventTimeTrigger,
  CountTrigger,
  DeltaTrigger,
  EventTimeSessionWindows,
  GlobalWindows,
  type OnMergeContext,
  PurgingTrigger,
  type ReducingState,
  ReducingStateDescriptor,
  type TimeWindow,
  type Trigger,
  type TriggerContext,
  type TriggerResult,
  TumblingEventTimeWindows,
  Types,
} from 'millrace';
import { EVENT, type Event } from './event.ts';
import { type Jobs, program } from './job.ts';
import { COUNT_AND_DIGEST, DIGEST, Tell, TellSorted, TOTAL } from './panes.ts';

const digestTypes = { accumulatorType: COUNT_AND_DIGEST, type: Types.STRING };

export function distance(old: Event, event: Event): number {
  return Math.abs(event.value - old.value);
}

const SUM = new ReducingStateDescriptor<number>('sum', (a: number, b: number) => a + b, Types.LONG);

/** Every result, own timers that are set and deleted, own state, merging: all a trigger may do. */
class Moody implements Trigger<Event, TimeWindow> {
  onElement(
    { value }: Event,
    _timestamp: number,
    window: TimeWindow,
    context: TriggerContext,
  ): TriggerResult {
    const sum = context.getPartitionedState<ReducingState<number>>(SUM);
    sum.add(value);
    context.registerEventTimeTimer(window.maxTimestamp());
    if (value % 3 === 0) {
      context.registerEventTimeTimer(window.start + 150);
    }
    if (value % 4 === 0) {
      context.deleteEventTimeTimer(window.start + 150);
    }
    if ((sum.get() ?? 0) > 150) {
      sum.clear();
      return value % 2 === 0 ? 'fire' : 'fire-and-purge';
    }
    return value % 11 === 0 ? 'purge' : 'continue';
  }

  onEventTime(time: number, window: TimeWindow): TriggerResult {
    return time === window.maxTimestamp() ? 'fire' : 'fire-and-purge';
  }

  onProcessingTime(): TriggerResult {
    return 'continue';
  }

  canMerge(): boolean {
    return true;
  }

  onMerge(window: TimeWindow, context: OnMergeContext): void {
    context.mergePartitionedState(SUM);
    context.registerEventTimeTimer(window.maxTimestamp());
  }

  clear(window: TimeWindow, context: TriggerContext): void {
    context.getPartitionedState(SUM).clear();
    context.deleteEventTimeTimer(window.maxTimestamp());
    context.deleteEventTimeTimer(window.start + 150);
  }
}

export const TRIGGER_JOBS: Jobs = {
  'global-triggers': program((events, out) => {
    const windows = () =>
      events.keyBy(({ key }) => key, Types.STRING).window(GlobalWindows.create());
    out.write('count', windows().trigger(CountTrigger.of(3)).process(new Tell()));
    out.write(
      'purging-count',
      windows()
        .trigger(PurgingTrigger.of(CountTrigger.of(4)))
        .aggregate(DIGEST, new Tell(), digestTypes),
    );
    out.write(
      'delta',
      windows()
        .trigger(DeltaTrigger.of(40, distance, EVENT))
        .process(new Tell()),
    );
  }),

  'end-of-stream': program((events, out) => {
    const totals = events
      .keyBy(({ key }) => key, Types.STRING)
      .window(GlobalWindows.createWithEndOfStreamTrigger())
      .aggregate(TOTAL, new Tell(), digestTypes);
    out.write('result', totals);
  }),

  'count-in-sessions': program((events, out) => {
    const sessions = events
      .keyBy(({ key }) => key, Types.STRING)
      .window(EventTimeSessionWindows.withGap(400))
      .allowedLateness(500)
      .trigger(CountTrigger.of(2))
      .process(new TellSorted());
    out.write('result', sessions);
  }),

  'continuous-event-time': program((events, out) => {
    const keyed = events.keyBy(({ key }) => key, Types.STRING);
    out.write(
      'tumbling',
      keyed
        .window(TumblingEventTimeWindows.of(2000))
        .allowedLateness(900)
        .trigger(ContinuousEventTimeTrigger.of(300))
        .aggregate(DIGEST, new Tell(), digestTypes),
    );
    out.write(
      'sessions',
      keyed
        .window(EventTimeSessionWindows.withGap(400))
        .trigger(ContinuousEventTimeTrigger.of(250))
        .process(new TellSorted()),
    );
    out.write(
      'purging',
      keyed
        .window(TumblingEventTimeWindows.of(2000))
        .trigger(PurgingTrigger.of(ContinuousEventTimeTrigger.of(700)))
        .process(new Tell()),
    );
  }),

  'own-trigger': program((events, out) => {
    const keyed = events.keyBy(({ key }) => key, Types.STRING);
    out.write(
      'tumbling',
      keyed
        .window(TumblingEventTimeWindows.of(1000))
        .allowedLateness(800)
        .trigger(new Moody())
        .process(new Tell()),
    );
    out.write(
      'sessions',
      keyed
        .window(EventTimeSessionWindows.withGap(300))
        .allowedLateness(800)
        .trigger(new Moody())
        .aggregate(TOTAL, new Tell(), digestTypes),
    );
  }),
};
