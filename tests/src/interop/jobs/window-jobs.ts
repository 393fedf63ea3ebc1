/** Assigners, lateness, window functions and their state. Java: lab.jobs.WindowJobs. */
import {
  type Collector,
  EventTimeSessionWindows,
  OutputTag,
  type ProcessWindowContext,
  ProcessWindowFunction,
  SlidingEventTimeWindows,
  type TimeWindow,
  TumblingEventTimeWindows,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from 'millrace';
import { add, EVENT, type Event, fold, summary } from './event.ts';
import { type Jobs, program } from './job.ts';
import { COUNT_AND_DIGEST, contents, DIGEST, Tell, TellSorted, TOTAL } from './panes.ts';
import { text, windowText } from './text.ts';

const LATE = new OutputTag<Event>('late', EVENT);
const CLEARED = new OutputTag<string>('cleared', Types.STRING);
const COUNT = new ValueStateDescriptor<number>('count', Types.LONG);
const COUNT_OF_KEY = new ValueStateDescriptor<number>('count-of-key', Types.LONG);
const digestTypes = { accumulatorType: COUNT_AND_DIGEST, type: Types.STRING };

/** Counts how often a window fired, and all windows of its key. */
class Firings extends ProcessWindowFunction<Event, string, string, TimeWindow> {
  override process(
    key: string,
    context: ProcessWindowContext<TimeWindow>,
    elements: Iterable<Event>,
    out: Collector<string>,
  ): void {
    const inWindow = plusOne(context.windowState().getState(COUNT));
    const ofKey = plusOne(context.globalState().getState(COUNT_OF_KEY));
    out.collect(text(key, windowText(context.window), contents(elements), inWindow, ofKey));
  }

  override clear(context: ProcessWindowContext<TimeWindow>): void {
    const count = context.windowState().getState(COUNT);
    context.output(CLEARED, `${windowText(context.window)}:${text(count.value())}`);
    count.clear();
  }
}

function plusOne(count: ValueState<number>): number {
  const next = (count.value() ?? 0) + 1;
  count.update(next);
  return next;
}

export const WINDOW_JOBS: Jobs = {
  'tumbling-lateness': program((events, out) => {
    const sums = events
      .keyBy(({ key }) => key, Types.STRING)
      .window(TumblingEventTimeWindows.of(1000))
      .allowedLateness(1500)
      .sideOutputLateData(LATE)
      .aggregate(DIGEST, new Tell(), digestTypes);
    out.write('result', sums);
    out.write('late', sums.getSideOutput(LATE).map(summary));
  }),

  'window-state': program((events, out) => {
    const counts = events
      .keyBy(({ key }) => key, Types.STRING)
      .window(TumblingEventTimeWindows.of(1000, -250))
      .allowedLateness(1500)
      .process(new Firings());
    out.write('result', counts);
    out.write('cleared', counts.getSideOutput(CLEARED));
  }),

  'sliding-reduce': program((events, out) => {
    const keyed = events.keyBy(({ key }) => key, Types.STRING);
    const reduced = keyed
      .window(SlidingEventTimeWindows.of('3 s', '1 s', 300))
      .allowedLateness(500)
      .sideOutputLateData(LATE)
      .reduce(fold);
    out.write('result', reduced.map(summary));
    out.write('late', reduced.getSideOutput(LATE).map(summary));
    out.write('with-gaps', keyed.window(SlidingEventTimeWindows.of(600, 1500)).process(new Tell()));
  }),

  'sliding-slices': program((events, out) => {
    const keyed = events.keyBy(({ key }) => key, Types.STRING);
    const reduced = keyed
      .window(SlidingEventTimeWindows.of('3 s', '1 s', 300))
      .allowedLateness(500)
      .sideOutputLateData(LATE)
      .reduce(add);
    out.write('reduce', reduced.map(summary));
    out.write('late', reduced.getSideOutput(LATE).map(summary));
    out.write(
      'aggregate',
      keyed
        .window(SlidingEventTimeWindows.of(2000, 500))
        .allowedLateness(900)
        .aggregate(TOTAL, new Tell(), digestTypes),
    );
  }),

  'session-reduce': program((events, out) => {
    const sessions = events
      .keyBy(({ key }) => key, Types.STRING)
      .window(EventTimeSessionWindows.withGap(400))
      .allowedLateness(1000)
      .sideOutputLateData(LATE)
      .reduce(add, new Tell());
    out.write('result', sessions);
    out.write('late', sessions.getSideOutput(LATE).map(summary));
  }),

  'session-aggregate': program((events, out) => {
    const sessions = events
      .keyBy(({ key }) => key, Types.STRING)
      .window(EventTimeSessionWindows.withGap(300))
      .allowedLateness(800)
      .aggregate(TOTAL, new Tell(), digestTypes);
    out.write('result', sessions);
  }),

  'session-dynamic-gap': program((events, out) => {
    const sessions = events
      .keyBy(({ key }) => key, Types.STRING)
      .window(EventTimeSessionWindows.withDynamicGap<Event>(({ value }) => 100 + (value % 5) * 150))
      .allowedLateness(700)
      .sideOutputLateData(LATE)
      .process(new TellSorted());
    out.write('result', sessions);
    out.write('late', sessions.getSideOutput(LATE).map(summary));
  }),
};
