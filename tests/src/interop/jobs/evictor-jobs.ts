/** Evictors, before and after the window function. Java: lab.jobs.EvictorJobs. */
import {
  CountEvictor,
  CountTrigger,
  DeltaEvictor,
  EventTimeSessionWindows,
  type Evictor,
  GlobalWindows,
  SlidingEventTimeWindows,
  TimeEvictor,
  type TimestampedValue,
  TumblingEventTimeWindows,
  Types,
  type Window,
} from 'millrace';
import { type Event, fold, summary } from './event.ts';
import { type Jobs, program } from './job.ts';
import { COUNT_AND_DIGEST, Tell, TOTAL } from './panes.ts';
import { distance } from './trigger-jobs.ts';

/** Evicts odd values before, and the largest value after the function. */
class Odd implements Evictor<Event, Window> {
  evictBefore(elements: TimestampedValue<Event>[]): void {
    keep(elements, ({ value }) => value % 2 === 0);
  }

  evictAfter(elements: TimestampedValue<Event>[]): void {
    const max = Math.max(...elements.map(({ value }) => value.value));
    keep(elements, ({ value }) => value !== max);
  }
}

function keep(elements: TimestampedValue<Event>[], isKept: (event: Event) => boolean): void {
  const kept = elements.filter(({ value }) => isKept(value));
  elements.splice(0, elements.length, ...kept);
}

export const EVICTOR_JOBS: Jobs = {
  'evictors-global': program((events, out) => {
    const everyNth = (n: number) =>
      events
        .keyBy(({ key }) => key, Types.STRING)
        .window(GlobalWindows.create())
        .trigger(CountTrigger.of(n));
    out.write('count', everyNth(2).evictor(CountEvictor.of(3)).process(new Tell()));
    out.write('count-after', everyNth(2).evictor(CountEvictor.of(3, true)).process(new Tell()));
    out.write('time', everyNth(3).evictor(TimeEvictor.of(500)).process(new Tell()));
    out.write('time-after', everyNth(3).evictor(TimeEvictor.of(500, true)).process(new Tell()));
    const near = DeltaEvictor.of(40, distance);
    out.write('delta', everyNth(3).evictor(near).process(new Tell()));
    const nearAfter = DeltaEvictor.of(40, distance, true);
    out.write('delta-after', everyNth(3).evictor(nearAfter).process(new Tell()));
  }),

  'evictors-windows': program((events, out) => {
    const keyed = events.keyBy(({ key }) => key, Types.STRING);
    out.write(
      'sliding-reduce',
      keyed
        .window(SlidingEventTimeWindows.of(2000, 700))
        .allowedLateness(600)
        .evictor(CountEvictor.of(4))
        .reduce(fold)
        .map(summary),
    );
    out.write(
      'sessions-aggregate',
      keyed
        .window(EventTimeSessionWindows.withGap(400))
        .allowedLateness(600)
        .evictor(TimeEvictor.of(300))
        .aggregate(TOTAL, new Tell(), { accumulatorType: COUNT_AND_DIGEST, type: Types.STRING }),
    );
    out.write(
      'own',
      keyed
        .window(TumblingEventTimeWindows.of(1500))
        .allowedLateness(600)
        .evictor(new Odd())
        .process(new Tell()),
    );
  }),
};
