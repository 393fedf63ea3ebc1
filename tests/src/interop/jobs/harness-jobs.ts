/**
 * Jobs that depend on the clock: processing time, and watermarks that come with it.
 *
 * Java: lab.jobs.HarnessJobs.
 */
import {
  type Collector,
  ContinuousProcessingTimeTrigger,
  CountTrigger,
  EventTimeTrigger,
  GlobalWindows,
  type KeyedProcessContext,
  KeyedProcessFunction,
  MIN_TIMESTAMP,
  type OnTimerContext,
  ProcessingTimeoutTrigger,
  ProcessingTimeSessionWindows,
  PurgingTrigger,
  SlidingProcessingTimeWindows,
  TumblingEventTimeWindows,
  TumblingProcessingTimeWindows,
  Types,
  type ValueState,
  ValueStateDescriptor,
  type WatermarkGenerator,
  type WatermarkOutput,
  WatermarkStrategy,
} from 'millrace';
import { add, type Event } from './event.ts';
import { drive, driveKeyed } from './harness.ts';
import type { Jobs } from './job.ts';
import { COUNT_AND_DIGEST, DIGEST, Tell, TellSorted } from './panes.ts';
import type { Script } from './script.ts';
import { text } from './text.ts';

const digestTypes = { accumulatorType: COUNT_AND_DIGEST, type: Types.STRING };
const WATERMARK_INTERVAL_MS = 20;

/** A watermark at each record of an even value, and a smaller one at each interval. */
class EachEven implements WatermarkGenerator<Event> {
  private max = MIN_TIMESTAMP;

  onEvent({ value }: Event, timestamp: number, output: WatermarkOutput): void {
    this.max = Math.max(this.max, timestamp);
    if (value % 2 === 0) {
      output.emitWatermark(timestamp);
    }
    if (value % 13 === 0) {
      output.markIdle();
    }
  }

  onPeriodicEmit(output: WatermarkOutput): void {
    if (this.max > MIN_TIMESTAMP) {
      output.emitWatermark(this.max - 30);
    }
  }
}

class Timers extends KeyedProcessFunction<string, Event, string> {
  private fired!: ValueState<number>;

  override open(): void {
    this.fired = this.runtimeContext.getState(new ValueStateDescriptor('fired', Types.LONG));
  }

  override processElement(
    { key, seq, value, ts }: Event,
    context: KeyedProcessContext<string>,
    out: Collector<string>,
  ): void {
    const timers = context.timerService();
    const now = timers.currentProcessingTime();
    timers.registerProcessingTimeTimer(now + 58);
    timers.registerProcessingTimeTimer(now + 58);
    if (value % 4 === 0) {
      timers.deleteProcessingTimeTimer(now + 48);
    }
    if (value % 5 === 0) {
      timers.registerProcessingTimeTimer(now - 33);
    }
    timers.registerEventTimeTimer(ts + 90);
    out.collect(text(key, `#${seq}`, now, timers.currentWatermark()));
  }

  override onTimer(time: number, context: OnTimerContext<string>, out: Collector<string>): void {
    const count = (this.fired.value() ?? 0) + 1;
    this.fired.update(count);
    const isEventTime = context.timeDomain === 'event-time';
    if (!isEventTime && count % 3 === 0) {
      context.timerService().registerProcessingTimeTimer(time + 20);
    }
    out.collect(text(context.currentKey, 'timer', time, context.timestamp(), count, isEventTime));
  }
}

function assign(script: Script, strategy: WatermarkStrategy<Event>): Promise<string[]> {
  return drive<Event>(
    script,
    (events) => events.assignTimestampsAndWatermarks(strategy),
    WATERMARK_INTERVAL_MS,
  );
}

function timeout(script: Script, resets: boolean, clears: boolean): Promise<string[]> {
  return driveKeyed(script, (keyed) =>
    keyed
      .window(GlobalWindows.create())
      .trigger(
        ProcessingTimeoutTrigger.of(PurgingTrigger.of(CountTrigger.of(4)), 83, {
          resetTimerOnNewRecord: resets,
          shouldClearOnTimeout: clears,
        }),
      )
      .process(new Tell()),
  );
}

export const HARNESS_JOBS: Jobs = {
  'processing-time-windows': async (script) => ({
    tumbling: await driveKeyed(script, (keyed) =>
      keyed
        .window(TumblingProcessingTimeWindows.of(200, 50))
        .aggregate(DIGEST, new Tell(), digestTypes),
    ),
    sliding: await driveKeyed(script, (keyed) =>
      keyed.window(SlidingProcessingTimeWindows.of(300, 100)).process(new Tell()),
    ),
    sessions: await driveKeyed(script, (keyed) =>
      keyed.window(ProcessingTimeSessionWindows.withGap(60)).reduce(add, new Tell()),
    ),
    'dynamic-sessions': await driveKeyed(script, (keyed) =>
      keyed
        .window(
          ProcessingTimeSessionWindows.withDynamicGap<Event>(({ value }) => 20 + (value % 3) * 40),
        )
        .process(new TellSorted()),
    ),
  }),

  'processing-time-triggers': async (script) => ({
    continuous: await driveKeyed(script, (keyed) =>
      keyed
        .window(TumblingProcessingTimeWindows.of(500))
        .trigger(ContinuousProcessingTimeTrigger.of(70))
        .process(new Tell()),
    ),
    'continuous-global': await driveKeyed(script, (keyed) =>
      keyed
        .window(GlobalWindows.create())
        .trigger(PurgingTrigger.of(ContinuousProcessingTimeTrigger.of(120)))
        .aggregate(DIGEST, new Tell(), digestTypes),
    ),
    'continuous-sessions': await driveKeyed(script, (keyed) =>
      keyed
        .window(ProcessingTimeSessionWindows.withGap(60))
        .trigger(ContinuousProcessingTimeTrigger.of(70))
        .process(new TellSorted()),
    ),
    'timeout-false-false': await timeout(script, false, false),
    'timeout-false-true': await timeout(script, false, true),
    'timeout-true-false': await timeout(script, true, false),
    'timeout-true-true': await timeout(script, true, true),
  }),

  'timeout-in-windows': async (script) => ({
    result: await driveKeyed(script, (keyed) =>
      keyed
        .window(TumblingEventTimeWindows.of(400))
        .trigger(ProcessingTimeoutTrigger.of(EventTimeTrigger.create(), 83))
        .process(new Tell()),
    ),
  }),

  'processing-time-timers': async (script) => ({
    result: await driveKeyed(script, (keyed) => keyed.process(new Timers())),
  }),

  'watermark-strategies': async (script) => ({
    bounded: await assign(
      script,
      WatermarkStrategy.forBoundedOutOfOrderness<Event>(40).withTimestampAssigner(
        ({ ts }) => ts + 1,
      ),
    ),
    monotonous: await assign(script, WatermarkStrategy.forMonotonousTimestamps()),
    none: await assign(script, WatermarkStrategy.noWatermarks()),
    idle: await assign(
      script,
      WatermarkStrategy.forMonotonousTimestamps<Event>().withIdleness('100 ms'),
    ),
    generator: await assign(
      script,
      WatermarkStrategy.forGenerator<Event>(() => new EachEven()).withTimestampAssigner(
        ({ value }, before) => before - value,
      ),
    ),
  }),
};
