package lab.jobs;

import java.util.*;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.*;
import org.apache.flink.api.common.typeinfo.*;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.TimeDomain;
import org.apache.flink.streaming.api.TimerService;
import org.apache.flink.streaming.api.datastream.*;
import org.apache.flink.streaming.api.functions.*;
import org.apache.flink.util.*;

/** Process functions, timers, state, side outputs, rolling aggregations. */
final class KeyedJobs {
    private static final OutputTag<String> SMALL = new OutputTag<>("small", Types.STRING);
    private static final OutputTag<String> LARGE = new OutputTag<>("large", Types.STRING);
    private static final OutputTag<String> UNUSED = new OutputTag<>("unused", Types.STRING);

    static void addTo(Map<String, Jobs.Program> jobs) {
        jobs.put("timers", (events, out) -> out.write("result", events.keyBy(e -> e.key).process(new Timers())));
        jobs.put("state-rules", (events, out) -> out.write("result", events.keyBy(e -> e.key).process(new StateRules())));
        jobs.put("side-outputs", (events, out) -> {
            SingleOutputStreamOperator<String> split = events.process(new Split());
            out.write("main", split);
            out.write("small", split.getSideOutput(SMALL));
            out.write("large", split.getSideOutput(LARGE).map(line -> line + " again"));
            out.write("large-twice", split.getSideOutput(new OutputTag<>("large", Types.STRING)));
        });
        jobs.put("rolling", (events, out) -> {
            KeyedStream<Event, String> keyed = events.keyBy(e -> e.key);
            out.write("reduce", keyed.reduce(Event::fold).map(Event::summary));
            out.write("sum", keyed.sum("value").map(Event::summary));
            out.write("min", keyed.min("value").map(Event::summary));
            out.write("max", keyed.max("value").map(Event::summary));
            out.write("min-by", keyed.minBy("value").map(Event::summary));
            out.write("max-by", keyed.maxBy("value").map(Event::summary));
            out.write("min-by-last", keyed.minBy("value", false).map(Event::summary));
            out.write("max-by-last", keyed.maxBy("value", false).map(Event::summary));
            out.write("flat-map", keyed.flatMap((Event e, Collector<String> to) -> {
                for (long i = 0; i < e.value % 3; i++) to.collect(Text.of(e.key, "#" + e.seq, i));
            }).returns(Types.STRING));
        });
    }

    /** Timers that are set twice, deleted, in the past, and set by timers. */
    static class Timers extends KeyedProcessFunction<String, Event, String> {
        private transient ValueState<Long> fired;

        @Override
        public void open(OpenContext context) {
            fired = getRuntimeContext().getState(new ValueStateDescriptor<>("fired", Types.LONG));
        }

        @Override
        public void processElement(Event e, Context context, Collector<String> out) {
            TimerService timers = context.timerService();
            long round = e.ts - e.ts % 50;
            timers.registerEventTimeTimer(round + 200);
            timers.registerEventTimeTimer(round + 200);
            if (e.value % 5 == 0) timers.registerEventTimeTimer(e.ts - 300);
            if (e.value % 7 == 0) timers.deleteEventTimeTimer(round + 150);
            if (e.value % 3 == 0) timers.registerEventTimeTimer(round + 1001);
            timers.deleteEventTimeTimer(e.ts + 1_000_000);
            out.collect(Text.of(e.key, "#" + e.seq, context.timestamp(), timers.currentWatermark()));
        }

        @Override
        public void onTimer(long time, OnTimerContext context, Collector<String> out) throws Exception {
            long count = fired.value() == null ? 1 : fired.value() + 1;
            fired.update(count);
            TimerService timers = context.timerService();
            if (time % 50 == 0 && count % 4 == 0) timers.registerEventTimeTimer(time + 7);
            if (time % 50 == 7) timers.registerEventTimeTimer(time - 503);
            if (count % 6 == 0) timers.registerEventTimeTimer(time);
            if (count % 9 == 0) timers.deleteEventTimeTimer(time + 50);
            boolean eventTime = context.timeDomain() == TimeDomain.EVENT_TIME;
            out.collect(Text.of(context.getCurrentKey(), "timer", time, context.timestamp(), timers.currentWatermark(), count, eventTime));
        }
    }

    /** What each kind of state says about nothing, null, empty and cleared. */
    static class StateRules extends KeyedProcessFunction<String, Event, String> {
        private transient ValueState<Long> value;
        private transient ListState<Long> list;
        private transient MapState<String, Long> map;
        private transient ReducingState<Long> reducing;
        private transient AggregatingState<Event, String> aggregating;

        @Override
        public void open(OpenContext context) {
            value = getRuntimeContext().getState(new ValueStateDescriptor<>("value", Types.LONG));
            list = getRuntimeContext().getListState(new ListStateDescriptor<>("list", Types.LONG));
            map = getRuntimeContext().getMapState(new MapStateDescriptor<>("map", Types.STRING, Types.LONG));
            reducing = getRuntimeContext().getReducingState(new ReducingStateDescriptor<>("reducing", (a, b) -> (a * 31 + b) % 1_000_003, Types.LONG));
            aggregating = getRuntimeContext().getAggregatingState(new AggregatingStateDescriptor<>("aggregating", new Panes.Digest(),
                    TypeInformation.of(new TypeHint<Tuple2<Long, Long>>() {})));
        }

        @Override
        public void processElement(Event e, Context context, Collector<String> out) throws Exception {
            String done = apply((int) (e.value % 20), e);
            List<String> entries = new ArrayList<>();
            for (Map.Entry<String, Long> entry : map.entries()) entries.add(entry.getKey() + ":" + entry.getValue());
            Collections.sort(entries);
            StringJoiner items = new StringJoiner(",", "[", "]");
            for (Long item : list.get()) items.add(String.valueOf(item));
            out.collect(Text.of(e.key, "#" + e.seq, done, value.value(), items, "{" + String.join(",", entries) + "}", map.isEmpty(),
                    map.contains("k1"), map.get("k1"), map.contains("k2"), reducing.get(), aggregating.get()));
        }

        private String apply(int operation, Event e) throws Exception {
            long n = e.seq;
            try {
                switch (operation) {
                    case 0: value.update(n); return "value.update";
                    case 1: value.update(null); return "value.update-null";
                    case 2: value.clear(); return "value.clear";
                    case 3: case 4: list.add(n); return "list.add";
                    case 5: list.add(null); return "list.add-null";
                    case 6: list.update(Arrays.asList(n, n + 1)); return "list.update";
                    case 7: list.update(new ArrayList<>()); return "list.update-empty";
                    case 8: list.addAll(new ArrayList<>()); return "list.addAll-empty";
                    case 9: list.addAll(Arrays.asList(null, n)); return "list.addAll-null";
                    case 10: list.addAll(Arrays.asList(n, n)); return "list.addAll";
                    case 11: map.put("k" + n % 4, n); return "map.put";
                    case 12: map.put("k" + n % 4, null); return "map.put-null";
                    case 13: map.remove("k" + n % 4); return "map.remove";
                    case 14: map.putAll(Map.of("k1", n, "k2", n)); return "map.putAll";
                    case 15: map.clear(); return "map.clear";
                    case 16: reducing.add(n); return "reducing.add";
                    case 17: aggregating.add(e); return "aggregating.add";
                    case 18: reducing.clear(); aggregating.clear(); return "clear";
                    default: list.clear(); return "list.clear";
                }
            } catch (RuntimeException refused) {
                return "refused";
            }
        }
    }

    static class Split extends ProcessFunction<Event, String> {
        @Override
        public void processElement(Event e, Context context, Collector<String> out) {
            String line = Text.of(e.key, "#" + e.seq, context.timestamp(), context.timerService().currentWatermark());
            if (e.value < 30) context.output(SMALL, line);
            if (e.value > 60) context.output(LARGE, line);
            context.output(UNUSED, line);
            if (e.value % 2 == 0) out.collect(line);
        }
    }
}
