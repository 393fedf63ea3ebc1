package lab.jobs;

import java.util.*;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.*;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.functions.co.*;
import org.apache.flink.util.Collector;

/** The broadcast state pattern, in lockstep: `rule` is broadcast, `data` is not. */
final class BroadcastJobs {
    private static final MapStateDescriptor<String, Long> RULES = new MapStateDescriptor<>("rules", Types.STRING, Types.LONG);
    private static final ValueStateDescriptor<Long> TOTAL = new ValueStateDescriptor<>("total", Types.LONG);

    static void addTo(Map<String, Jobs.Program> jobs) {
        jobs.put("broadcast", (Jobs.TwoInputProgram) (events, out) -> out.write("result",
                Jobs.input(events, "data").connect(Jobs.input(events, "rule").broadcast(RULES)).process(new Apply())));
        jobs.put("broadcast-keyed", (Jobs.TwoInputProgram) (events, out) -> out.write("result",
                Jobs.input(events, "data").keyBy(new Lockstep.Key()).connect(Jobs.input(events, "rule").broadcast(RULES)).process(new ApplyKeyed())));
    }

    static String rules(Iterable<Map.Entry<String, Long>> entries) {
        Map<String, Long> sorted = new TreeMap<>();
        for (Map.Entry<String, Long> entry : entries) sorted.put(entry.getKey(), entry.getValue());
        StringJoiner list = new StringJoiner(",", "{", "}");
        sorted.forEach((key, value) -> list.add(key + ":" + value));
        return list.toString();
    }

    /** A value divisible by 5 removes the rule of its key. */
    static void change(BroadcastState<String, Long> rules, Event e) throws Exception {
        if (e.value % 5 == 0) rules.remove(e.key);
        else rules.put(e.key, e.value);
    }

    static class Apply extends BroadcastProcessFunction<Event, Event, String> {
        @Override
        public void processElement(Event e, ReadOnlyContext context, Collector<String> out) throws Exception {
            Lockstep.arrived(e);
            if (Lockstep.isSync(e.key)) return;
            ReadOnlyBroadcastState<String, Long> rules = context.getBroadcastState(RULES);
            out.collect(Text.of(e.key, "#" + e.seq, rules.get(e.key), rules.contains(e.key), rules(rules.immutableEntries()),
                    context.timestamp(), context.currentWatermark()));
        }

        @Override
        public void processBroadcastElement(Event e, Context context, Collector<String> out) throws Exception {
            Lockstep.arrived(e);
            if (Lockstep.isSync(e.key)) return;
            change(context.getBroadcastState(RULES), e);
            out.collect(Text.of(e.key, "rule", "#" + e.seq, rules(context.getBroadcastState(RULES).entries()), context.timestamp(), context.currentWatermark()));
        }
    }

    static class ApplyKeyed extends KeyedBroadcastProcessFunction<String, Event, Event, String> {
        private transient ValueState<Long> total;

        @Override
        public void open(OpenContext context) {
            total = getRuntimeContext().getState(TOTAL);
        }

        @Override
        public void processElement(Event e, ReadOnlyContext context, Collector<String> out) throws Exception {
            if (Lockstep.isSync(e.key)) return;
            Long factor = context.getBroadcastState(RULES).get(e.key);
            total.update((total.value() == null ? 0 : total.value()) + e.value * (factor == null ? 1 : factor));
            context.timerService().registerEventTimeTimer(e.ts + 150);
            out.collect(Text.of(context.getCurrentKey(), "#" + e.seq, factor, total.value(), context.timestamp(), context.currentWatermark()));
        }

        @Override
        public void processBroadcastElement(Event e, Context context, Collector<String> out) throws Exception {
            Lockstep.arrived(e);
            if (Lockstep.isSync(e.key)) return;
            change(context.getBroadcastState(RULES), e);
            // The order of keys is not specified.
            Map<String, Long> totals = new TreeMap<>();
            context.applyToKeyedState(TOTAL, (key, state) -> {
                totals.put(key, state.value());
                if (e.value % 7 == 0) state.update(state.value() % 100);
                if (e.value % 11 == 0) state.clear();
            });
            out.collect(Text.of(e.key, "rule", "#" + e.seq, rules(totals.entrySet()), context.currentWatermark()));
        }

        @Override
        public void onTimer(long time, OnTimerContext context, Collector<String> out) throws Exception {
            out.collect(Text.of(context.getCurrentKey(), "timer", time, total.value(), rules(context.getBroadcastState(RULES).immutableEntries()), context.currentWatermark()));
        }
    }
}
