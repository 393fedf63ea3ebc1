package lab.jobs;

import java.time.Duration;
import java.util.Map;
import org.apache.flink.api.common.state.*;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.*;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.*;
import org.apache.flink.streaming.api.windowing.windows.*;
import org.apache.flink.util.*;

/** Assigners, lateness, window functions and their state. */
final class WindowJobs {
    private static final OutputTag<Event> LATE = new OutputTag<>("late", Types.POJO(Event.class));
    private static final OutputTag<String> CLEARED = new OutputTag<>("cleared", Types.STRING);

    static void addTo(Map<String, Jobs.Program> jobs) {
        jobs.put("tumbling-lateness", (events, out) -> {
            SingleOutputStreamOperator<String> sums = events.keyBy(e -> e.key)
                    .window(TumblingEventTimeWindows.of(Duration.ofMillis(1000)))
                    .allowedLateness(Duration.ofMillis(1500)).sideOutputLateData(LATE)
                    .aggregate(new Panes.Digest(), new Panes.Tell<>());
            out.write("result", sums);
            out.write("late", sums.getSideOutput(LATE).map(Event::summary));
        });
        jobs.put("window-state", (events, out) -> {
            SingleOutputStreamOperator<String> counts = events.keyBy(e -> e.key)
                    .window(TumblingEventTimeWindows.of(Duration.ofMillis(1000), Duration.ofMillis(-250)))
                    .allowedLateness(Duration.ofMillis(1500))
                    .process(new Firings());
            out.write("result", counts);
            out.write("cleared", counts.getSideOutput(CLEARED));
        });
        jobs.put("sliding-reduce", (events, out) -> {
            KeyedStream<Event, String> keyed = events.keyBy(e -> e.key);
            SingleOutputStreamOperator<Event> reduced = keyed
                    .window(SlidingEventTimeWindows.of(Duration.ofMillis(3000), Duration.ofMillis(1000), Duration.ofMillis(300)))
                    .allowedLateness(Duration.ofMillis(500)).sideOutputLateData(LATE)
                    .reduce(Event::fold);
            out.write("result", reduced.map(Event::summary));
            out.write("late", reduced.getSideOutput(LATE).map(Event::summary));
            out.write("with-gaps", keyed.window(SlidingEventTimeWindows.of(Duration.ofMillis(600), Duration.ofMillis(1500))).process(new Panes.Tell<>()));
        });
        jobs.put("sliding-slices", (events, out) -> {
            KeyedStream<Event, String> keyed = events.keyBy(e -> e.key);
            SingleOutputStreamOperator<Event> reduced = keyed
                    .window(SlidingEventTimeWindows.of(Duration.ofMillis(3000), Duration.ofMillis(1000), Duration.ofMillis(300)))
                    .allowedLateness(Duration.ofMillis(500)).sideOutputLateData(LATE)
                    .reduce(Event::add);
            out.write("reduce", reduced.map(Event::summary));
            out.write("late", reduced.getSideOutput(LATE).map(Event::summary));
            out.write("aggregate", keyed.window(SlidingEventTimeWindows.of(Duration.ofMillis(2000), Duration.ofMillis(500)))
                    .allowedLateness(Duration.ofMillis(900)).aggregate(new Panes.Total(), new Panes.Tell<>()));
        });
        jobs.put("session-reduce", (events, out) -> {
            SingleOutputStreamOperator<String> sessions = events.keyBy(e -> e.key)
                    .window(EventTimeSessionWindows.withGap(Duration.ofMillis(400)))
                    .allowedLateness(Duration.ofMillis(1000)).sideOutputLateData(LATE)
                    .reduce(Event::add, new Panes.Tell<>());
            out.write("result", sessions);
            out.write("late", sessions.getSideOutput(LATE).map(Event::summary));
        });
        jobs.put("session-aggregate", (events, out) -> out.write("result", events.keyBy(e -> e.key)
                .window(EventTimeSessionWindows.withGap(Duration.ofMillis(300)))
                .allowedLateness(Duration.ofMillis(800))
                .aggregate(new Panes.Total(), new Panes.Tell<>())));
        jobs.put("session-dynamic-gap", (events, out) -> {
            SingleOutputStreamOperator<String> sessions = events.keyBy(e -> e.key)
                    .window(EventTimeSessionWindows.<Event>withDynamicGap(e -> 100 + e.value % 5 * 150))
                    .allowedLateness(Duration.ofMillis(700)).sideOutputLateData(LATE)
                    .process(new Panes.TellSorted());
            out.write("result", sessions);
            out.write("late", sessions.getSideOutput(LATE).map(Event::summary));
        });
        jobs.put("count-windows", (events, out) -> {
            KeyedStream<Event, String> keyed = events.keyBy(e -> e.key);
            out.write("tumbling", keyed.countWindow(3).reduce(Event::fold).map(Event::summary));
            out.write("sliding", keyed.countWindow(5, 2).process(new Panes.Tell<>()));
        });
        jobs.put("window-all", (events, out) -> {
            SingleOutputStreamOperator<String> tumbling = events
                    .windowAll(TumblingEventTimeWindows.of(Duration.ofMillis(500)))
                    .allowedLateness(Duration.ofMillis(600)).sideOutputLateData(LATE)
                    .aggregate(new Panes.Digest(), new Panes.TellAll<>());
            out.write("tumbling", tumbling);
            out.write("late", tumbling.getSideOutput(LATE).map(Event::summary));
            out.write("sessions", events.windowAll(EventTimeSessionWindows.withGap(Duration.ofMillis(60))).reduce(Event::add).map(Event::summary));
            out.write("count", events.countWindowAll(7).process(new Panes.TellAll<>()));
            out.write("sliding-count", events.countWindowAll(6, 4).process(new Panes.TellAll<>()));
        });
    }

    /** Counts how often a window fired, and all windows of its key. */
    static class Firings extends ProcessWindowFunction<Event, String, String, TimeWindow> {
        private static final ValueStateDescriptor<Long> COUNT = new ValueStateDescriptor<>("count", Types.LONG);
        private static final ValueStateDescriptor<Long> COUNT_OF_KEY = new ValueStateDescriptor<>("count-of-key", Types.LONG);

        @Override
        public void process(String key, Context context, Iterable<Event> elements, Collector<String> out) throws Exception {
            long inWindow = plusOne(context.windowState().getState(COUNT));
            long ofKey = plusOne(context.globalState().getState(COUNT_OF_KEY));
            out.collect(Text.of(key, Text.window(context.window()), Panes.contents(elements), inWindow, ofKey));
        }

        @Override
        public void clear(Context context) throws Exception {
            ValueState<Long> count = context.windowState().getState(COUNT);
            context.output(CLEARED, Text.window(context.window()) + ":" + count.value());
            count.clear();
        }

        private static long plusOne(ValueState<Long> count) throws Exception {
            long next = count.value() == null ? 1 : count.value() + 1;
            count.update(next);
            return next;
        }
    }
}
