/** Windows by count, and over all keys. Java: lab.jobs.WindowJobs. */
import {
  type Collector,
  EventTimeSessionWindows,
  OutputTag,
  ProcessAllWindowFunction,
  type ProcessWindowContext,
  TumblingEventTimeWindows,
  Types,
  type Window,
} from 'millrace';
import { add, EVENT, type Event, fold, summary } from './event.ts';
import { type Jobs, program } from './job.ts';
import { COUNT_AND_DIGEST, contents, DIGEST, Tell } from './panes.ts';
import { text, windowText } from './text.ts';

const LATE = new OutputTag<Event>('late', EVENT);

class TellAll<T extends Event | string, W extends Window> extends ProcessAllWindowFunction<
  T,
  string,
  W
> {
  override process(
    context: ProcessWindowContext<W>,
    elements: Iterable<T>,
    out: Collector<string>,
  ): void {
    out.collect(text('all', windowText(context.window), contents(elements)));
  }
}

export const ALL_WINDOW_JOBS: Jobs = {
  'count-windows': program((events, out) => {
    const keyed = events.keyBy(({ key }) => key, Types.STRING);
    out.write('tumbling', keyed.countWindow(3).reduce(fold).map(summary));
    out.write('sliding', keyed.countWindow(5, 2).process(new Tell()));
  }),

  'window-all': program((events, out) => {
    const tumbling = events
      .windowAll(TumblingEventTimeWindows.of(500))
      .allowedLateness(600)
      .sideOutputLateData(LATE)
      .aggregate(DIGEST, new TellAll(), { accumulatorType: COUNT_AND_DIGEST, type: Types.STRING });
    out.write('tumbling', tumbling);
    out.write('late', tumbling.getSideOutput(LATE).map(summary));
    out.write(
      'sessions',
      events.windowAll(EventTimeSessionWindows.withGap(60)).reduce(add).map(summary),
    );
    out.write('count', events.countWindowAll(7).process(new TellAll()));
    out.write('sliding-count', events.countWindowAll(6, 4).process(new TellAll()));
  }),
};
