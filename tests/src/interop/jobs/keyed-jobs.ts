/** Process functions, timers, side outputs, rolling aggregations. Java: lab.jobs.KeyedJobs. */
import {
  type Collector,
  type KeyedProcessContext,
  KeyedProcessFunction,
  type OnTimerContext,
  OutputTag,
  type ProcessContext,
  ProcessFunction,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from 'millrace';
import { type Event, fold, summary } from './event.ts';
import { type Jobs, program } from './job.ts';
import { StateRules } from './state-rules.ts';
import { text } from './text.ts';

const SMALL = new OutputTag<string>('small', Types.STRING);
const LARGE = new OutputTag<string>('large', Types.STRING);
const UNUSED = new OutputTag<string>('unused', Types.STRING);

/** Timers that are set twice, deleted, in the past, and set by timers. */
class Timers extends KeyedProcessFunction<string, Event, string> {
  private fired!: ValueState<number>;

  override open(): void {
    this.fired = this.runtimeContext.getState(new ValueStateDescriptor('fired', Types.LONG));
  }

  override processElement(
    { key, seq, ts, value }: Event,
    context: KeyedProcessContext<string>,
    out: Collector<string>,
  ): void {
    const timers = context.timerService();
    const round = ts - (ts % 50);
    timers.registerEventTimeTimer(round + 200);
    timers.registerEventTimeTimer(round + 200);
    if (value % 5 === 0) {
      timers.registerEventTimeTimer(ts - 300);
    }
    if (value % 7 === 0) {
      timers.deleteEventTimeTimer(round + 150);
    }
    if (value % 3 === 0) {
      timers.registerEventTimeTimer(round + 1001);
    }
    timers.deleteEventTimeTimer(ts + 1_000_000);
    out.collect(text(key, `#${seq}`, context.timestamp(), timers.currentWatermark()));
  }

  override onTimer(time: number, context: OnTimerContext<string>, out: Collector<string>): void {
    const count = (this.fired.value() ?? 0) + 1;
    this.fired.update(count);
    const timers = context.timerService();
    if (time % 50 === 0 && count % 4 === 0) {
      timers.registerEventTimeTimer(time + 7);
    }
    if (time % 50 === 7) {
      timers.registerEventTimeTimer(time - 503);
    }
    if (count % 6 === 0) {
      timers.registerEventTimeTimer(time);
    }
    if (count % 9 === 0) {
      timers.deleteEventTimeTimer(time + 50);
    }
    const isEventTime = context.timeDomain === 'event-time';
    const watermark = timers.currentWatermark();
    out.collect(
      text(context.currentKey, 'timer', time, context.timestamp(), watermark, count, isEventTime),
    );
  }
}

class Split extends ProcessFunction<Event, string> {
  override processElement(
    { key, seq, value }: Event,
    context: ProcessContext,
    out: Collector<string>,
  ): void {
    const watermark = context.timerService().currentWatermark();
    const line = text(key, `#${seq}`, context.timestamp(), watermark);
    if (value < 30) {
      context.output(SMALL, line);
    }
    if (value > 60) {
      context.output(LARGE, line);
    }
    context.output(UNUSED, line);
    if (value % 2 === 0) {
      out.collect(line);
    }
  }
}

function repeat({ key, seq, value }: Event, out: Collector<string>): void {
  for (let i = 0; i < value % 3; i++) {
    out.collect(text(key, `#${seq}`, i));
  }
}

export const KEYED_JOBS: Jobs = {
  timers: program((events, out) => {
    out.write('result', events.keyBy(({ key }) => key, Types.STRING).process(new Timers()));
  }),

  'state-rules': program((events, out) => {
    out.write('result', events.keyBy(({ key }) => key, Types.STRING).process(new StateRules()));
  }),

  'side-outputs': program((events, out) => {
    const split = events.process(new Split());
    out.write('main', split);
    out.write('small', split.getSideOutput(SMALL));
    out.write(
      'large',
      split.getSideOutput(LARGE).map((line) => `${line} again`),
    );
    out.write('large-twice', split.getSideOutput(new OutputTag<string>('large', Types.STRING)));
  }),

  rolling: program((events, out) => {
    const keyed = events.keyBy(({ key }) => key, Types.STRING);
    out.write('reduce', keyed.reduce(fold).map(summary));
    out.write('sum', keyed.sum('value').map(summary));
    out.write('min', keyed.min('value').map(summary));
    out.write('max', keyed.max('value').map(summary));
    out.write('min-by', keyed.minBy('value').map(summary));
    out.write('max-by', keyed.maxBy('value').map(summary));
    out.write('min-by-last', keyed.minBy('value', false).map(summary));
    out.write('max-by-last', keyed.maxBy('value', false).map(summary));
    out.write('flat-map', keyed.flatMap(repeat));
  }),
};
