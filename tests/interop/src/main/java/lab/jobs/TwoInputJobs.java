package lab.jobs;

import java.time.Duration;
import java.util.*;
import org.apache.flink.api.common.functions.*;
import org.apache.flink.api.common.state.*;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.*;
import org.apache.flink.streaming.api.functions.co.*;
import org.apache.flink.streaming.api.windowing.assigners.*;
import org.apache.flink.util.*;

/** Joins and connected streams, in lockstep. The records that keep the step put nothing out. */
final class TwoInputJobs {
    private static final OutputTag<Event> LATE_LEFT = new OutputTag<>("late-left", Types.POJO(Event.class));
    private static final OutputTag<Event> LATE_RIGHT = new OutputTag<>("late-right", Types.POJO(Event.class));

    static void addTo(Map<String, Jobs.Program> jobs) {
        jobs.put("window-join", (Jobs.TwoInputProgram) (events, out) -> {
            out.write("result", left(events).join(right(events)).where(new Lockstep.Key()).equalTo(new Lockstep.Key())
                    .window(TumblingEventTimeWindows.of(Duration.ofMillis(800)))
                    .apply((JoinFunction<Event, Event, String>) TwoInputJobs::pair, Types.STRING)
                    .filter(line -> !Lockstep.isSync(line)));
        });
        jobs.put("co-group", (Jobs.TwoInputProgram) (events, out) -> {
            out.write("result", left(events).coGroup(right(events)).where(new Lockstep.Key()).equalTo(new Lockstep.Key())
                    .window(EventTimeSessionWindows.withGap(Duration.ofMillis(50)))
                    .allowedLateness(Duration.ofMillis(200))
                    .apply(new BothSides(), Types.STRING)
                    .filter(line -> !Lockstep.isSync(line)));
        });
        jobs.put("interval-join", (Jobs.TwoInputProgram) (events, out) -> intervalJoin(events, out, false));
        jobs.put("interval-join-exclusive", (Jobs.TwoInputProgram) (events, out) -> intervalJoin(events, out, true));
        jobs.put("connected", (Jobs.TwoInputProgram) (events, out) -> {
            out.write("result", left(events).keyBy(new Lockstep.Key()).connect(right(events).keyBy(new Lockstep.Key())).process(new Shared()));
        });
    }

    private static DataStream<Event> left(DataStream<Event> events) {
        return Jobs.input(events, "left");
    }

    private static DataStream<Event> right(DataStream<Event> events) {
        return Jobs.input(events, "right");
    }

    private static void intervalJoin(DataStream<Event> events, Outputs out, boolean exclusive) {
        KeyedStream.IntervalJoined<Event, Event, String> joined = left(events).keyBy(new Lockstep.Key())
                .intervalJoin(right(events).keyBy(new Lockstep.Key()))
                .between(Duration.ofMillis(exclusive ? 20 : -120), Duration.ofMillis(exclusive ? 180 : 60))
                .sideOutputLeftLateData(LATE_LEFT).sideOutputRightLateData(LATE_RIGHT);
        if (exclusive) joined = joined.lowerBoundExclusive().upperBoundExclusive();
        SingleOutputStreamOperator<String> pairs = joined.process(new ProcessJoinFunction<Event, Event, String>() {
            @Override
            public void processElement(Event left, Event right, Context context, Collector<String> to) {
                to.collect(Text.of(pair(left, right), context.getLeftTimestamp(), context.getRightTimestamp(), context.getTimestamp()));
            }
        }).returns(Types.STRING);
        out.write("result", pairs);
        out.write("late-left", pairs.getSideOutput(LATE_LEFT).map(Event::summary));
        out.write("late-right", pairs.getSideOutput(LATE_RIGHT).map(Event::summary));
    }

    static String pair(Event left, Event right) {
        return Text.of(left.key, Event.text(left), Event.text(right));
    }

    static class BothSides implements CoGroupFunction<Event, Event, String> {
        @Override
        public void coGroup(Iterable<Event> left, Iterable<Event> right, Collector<String> out) {
            Iterator<Event> any = left.iterator().hasNext() ? left.iterator() : right.iterator();
            out.collect(Text.of(any.next().key, Text.list(left), Text.list(right)));
        }
    }

    /** Both inputs see the same state and timers of their key. */
    static class Shared extends KeyedCoProcessFunction<String, Event, Event, String> {
        private transient ValueState<Long> balance;
        private transient ListState<Long> seen;

        @Override
        public void open(OpenContext context) {
            balance = getRuntimeContext().getState(new ValueStateDescriptor<>("balance", Types.LONG));
            seen = getRuntimeContext().getListState(new ListStateDescriptor<>("seen", Types.LONG));
        }

        @Override
        public void processElement1(Event e, Context context, Collector<String> out) throws Exception {
            if (Lockstep.isSync(e.key)) return;
            balance.update((balance.value() == null ? 0 : balance.value()) + e.value);
            seen.add((long) e.seq);
            context.timerService().registerEventTimeTimer(e.ts + 100);
            out.collect(Text.of(context.getCurrentKey(), "left", "#" + e.seq, balance.value(), context.timestamp(), context.timerService().currentWatermark()));
        }

        @Override
        public void processElement2(Event e, Context context, Collector<String> out) throws Exception {
            if (Lockstep.isSync(e.key)) return;
            balance.update((balance.value() == null ? 0 : balance.value()) - e.value);
            if (e.value % 2 == 0) context.timerService().deleteEventTimeTimer(e.ts + 100);
            else context.timerService().registerEventTimeTimer(e.ts + 250);
            out.collect(Text.of(context.getCurrentKey(), "right", "#" + e.seq, balance.value(), context.timestamp(), context.timerService().currentWatermark()));
        }

        @Override
        public void onTimer(long time, OnTimerContext context, Collector<String> out) throws Exception {
            StringJoiner list = new StringJoiner(",", "[", "]");
            for (Long seq : seen.get()) list.add("#" + seq);
            seen.clear();
            out.collect(Text.of(context.getCurrentKey(), "timer", time, balance.value(), list));
        }
    }
}
