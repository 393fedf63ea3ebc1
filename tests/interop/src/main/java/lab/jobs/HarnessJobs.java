package lab.jobs;

import java.time.Duration;
import java.util.*;
import org.apache.flink.api.common.eventtime.*;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.*;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.TimeDomain;
import org.apache.flink.streaming.api.TimerService;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.windowing.assigners.*;
import org.apache.flink.streaming.api.windowing.triggers.*;
import org.apache.flink.streaming.runtime.operators.TimestampsAndWatermarksOperator;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.util.Collector;

/** Jobs that depend on the clock: processing time, and watermarks that come with it. */
final class HarnessJobs {
    static void addTo(Map<String, Jobs.Operator> jobs) {
        jobs.put("processing-time-windows", script -> {
            Harness.keyed("tumbling", script, keyed -> keyed.window(TumblingProcessingTimeWindows.of(Duration.ofMillis(200), Duration.ofMillis(50))).aggregate(new Panes.Digest(), new Panes.Tell<>()));
            Harness.keyed("sliding", script, keyed -> keyed.window(SlidingProcessingTimeWindows.of(Duration.ofMillis(300), Duration.ofMillis(100))).process(new Panes.Tell<>()));
            Harness.keyed("sessions", script, keyed -> keyed.window(ProcessingTimeSessionWindows.withGap(Duration.ofMillis(60))).reduce(Event::add, new Panes.Tell<>()));
            Harness.keyed("dynamic-sessions", script, keyed -> keyed.window(ProcessingTimeSessionWindows.<Event>withDynamicGap(e -> 20 + e.value % 3 * 40)).process(new Panes.TellSorted()));
        });
        jobs.put("processing-time-triggers", script -> {
            Harness.keyed("continuous", script, keyed -> keyed.window(TumblingProcessingTimeWindows.of(Duration.ofMillis(500))).trigger(ContinuousProcessingTimeTrigger.of(Duration.ofMillis(70))).process(new Panes.Tell<>()));
            Harness.keyed("continuous-global", script, keyed -> keyed.window(GlobalWindows.create()).trigger(PurgingTrigger.of(ContinuousProcessingTimeTrigger.of(Duration.ofMillis(120)))).aggregate(new Panes.Digest(), new Panes.Tell<>()));
            Harness.keyed("continuous-sessions", script, keyed -> keyed.window(ProcessingTimeSessionWindows.withGap(Duration.ofMillis(60))).trigger(ContinuousProcessingTimeTrigger.of(Duration.ofMillis(70))).process(new Panes.TellSorted()));
            for (boolean reset : new boolean[] {false, true}) for (boolean clear : new boolean[] {false, true}) {
                Harness.keyed("timeout-" + reset + "-" + clear, script, keyed -> keyed.window(GlobalWindows.create())
                        .trigger(ProcessingTimeoutTrigger.of(PurgingTrigger.of(CountTrigger.of(4)), Duration.ofMillis(83), reset, clear)).process(new Panes.Tell<>()));
            }
        });
        jobs.put("timeout-in-windows", script -> Harness.keyed("result", script, keyed -> keyed.window(TumblingEventTimeWindows.of(Duration.ofMillis(400)))
                .trigger(ProcessingTimeoutTrigger.of(EventTimeTrigger.create(), Duration.ofMillis(83))).process(new Panes.Tell<>())));
        jobs.put("processing-time-timers", script -> Harness.keyed("result", script, keyed -> keyed.process(new Timers())));
        jobs.put("watermark-strategies", script -> {
            assign("bounded", script, WatermarkStrategy.<Event>forBoundedOutOfOrderness(Duration.ofMillis(40)).withTimestampAssigner((e, before) -> e.ts + 1), true);
            assign("monotonous", script, WatermarkStrategy.forMonotonousTimestamps(), true);
            assign("none", script, WatermarkStrategy.noWatermarks(), true);
            assign("idle", script, WatermarkStrategy.<Event>forMonotonousTimestamps().withIdleness(Duration.ofMillis(100)), true);
            assign("generator", script, WatermarkStrategy.<Event>forGenerator(context -> new EachEven()).withTimestampAssigner((e, before) -> before - e.value), true);
        });
    }

    private static void assign(String name, List<Script.Step> script, WatermarkStrategy<Event> strategy, boolean progressive) throws Exception {
        try (OneInputStreamOperatorTestHarness<Event, Event> harness = new OneInputStreamOperatorTestHarness<>(new TimestampsAndWatermarksOperator<>(strategy, progressive))) {
            harness.getExecutionConfig().setAutoWatermarkInterval(20);
            Harness.drive(name, script, harness);
        }
    }

    /** A watermark at each record of an even value, and a smaller one at each interval. */
    static class EachEven implements WatermarkGenerator<Event> {
        private long max = Long.MIN_VALUE;

        @Override
        public void onEvent(Event e, long timestamp, WatermarkOutput output) {
            max = Math.max(max, timestamp);
            if (e.value % 2 == 0) output.emitWatermark(new Watermark(timestamp));
            if (e.value % 13 == 0) output.markIdle();
        }

        @Override
        public void onPeriodicEmit(WatermarkOutput output) {
            if (max > Long.MIN_VALUE) output.emitWatermark(new Watermark(max - 30));
        }
    }

    static class Timers extends KeyedProcessFunction<String, Event, String> {
        private transient ValueState<Long> fired;

        @Override
        public void open(OpenContext context) {
            fired = getRuntimeContext().getState(new ValueStateDescriptor<>("fired", Types.LONG));
        }

        @Override
        public void processElement(Event e, Context context, Collector<String> out) {
            TimerService timers = context.timerService();
            long now = timers.currentProcessingTime();
            timers.registerProcessingTimeTimer(now + 58);
            timers.registerProcessingTimeTimer(now + 58);
            if (e.value % 4 == 0) timers.deleteProcessingTimeTimer(now + 48);
            if (e.value % 5 == 0) timers.registerProcessingTimeTimer(now - 33);
            timers.registerEventTimeTimer(e.ts + 90);
            out.collect(Text.of(e.key, "#" + e.seq, now, timers.currentWatermark()));
        }

        @Override
        public void onTimer(long time, OnTimerContext context, Collector<String> out) throws Exception {
            long count = fired.value() == null ? 1 : fired.value() + 1;
            fired.update(count);
            boolean eventTime = context.timeDomain() == TimeDomain.EVENT_TIME;
            if (!eventTime && count % 3 == 0) context.timerService().registerProcessingTimeTimer(time + 20);
            out.collect(Text.of(context.getCurrentKey(), "timer", time, context.timestamp(), count, eventTime));
        }
    }
}
