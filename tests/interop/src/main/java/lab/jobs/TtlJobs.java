package lab.jobs;

import java.time.Duration;
import java.util.*;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.*;
import org.apache.flink.api.common.typeinfo.*;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** State with a time to live, for each way to renew it and to see it. */
final class TtlJobs {
    static void addTo(Map<String, Jobs.Operator> jobs) {
        jobs.put("ttl", script -> {
            for (StateTtlConfig.UpdateType update : StateTtlConfig.UpdateType.values()) {
                if (update == StateTtlConfig.UpdateType.Disabled) continue;
                for (StateTtlConfig.StateVisibility visibility : StateTtlConfig.StateVisibility.values()) {
                    StateTtlConfig config = StateTtlConfig.newBuilder(Duration.ofMillis(100))
                            .setUpdateType(update).setStateVisibility(visibility).disableCleanupInBackground().build();
                    Harness.keyed(update + "-" + visibility, script, keyed -> keyed.process(new Aging(config, false)));
                }
            }
            Harness.keyed("cleanup", script, keyed -> keyed.process(new Aging(StateTtlConfig.newBuilder(Duration.ofMillis(100)).build(), true)));
        });
    }

    /**
     * The value of a record says which state is touched, and how. With cleanup in the background it is left out
     * whether a map is empty: which entries went first is not fixed.
     */
    static class Aging extends KeyedProcessFunction<String, Event, String> {
        private final StateTtlConfig ttl;
        private final boolean cleansUp;
        private transient ValueState<Long> value;
        private transient ListState<Long> list;
        private transient MapState<String, Long> map;
        private transient ReducingState<Long> reducing;
        private transient AggregatingState<Event, String> aggregating;

        Aging(StateTtlConfig ttl, boolean cleansUp) {
            this.ttl = ttl;
            this.cleansUp = cleansUp;
        }

        @Override
        public void open(OpenContext context) {
            value = getRuntimeContext().getState(with(new ValueStateDescriptor<>("value", Types.LONG)));
            list = getRuntimeContext().getListState(with(new ListStateDescriptor<>("list", Types.LONG)));
            map = getRuntimeContext().getMapState(with(new MapStateDescriptor<>("map", Types.STRING, Types.LONG)));
            reducing = getRuntimeContext().getReducingState(with(new ReducingStateDescriptor<>("reducing", (a, b) -> (a * 31 + b) % 1_000_003, Types.LONG)));
            aggregating = getRuntimeContext().getAggregatingState(with(new AggregatingStateDescriptor<>("aggregating", new Panes.Digest(),
                    TypeInformation.of(new TypeHint<Tuple2<Long, Long>>() {}))));
        }

        private <D extends StateDescriptor<?, ?>> D with(D descriptor) {
            descriptor.enableTimeToLive(ttl);
            return descriptor;
        }

        @Override
        public void processElement(Event e, Context context, Collector<String> out) throws Exception {
            out.collect(Text.of(e.key, "#" + e.seq, touch((int) (e.value % 16), e)));
        }

        private String touch(int operation, Event e) throws Exception {
            long n = e.seq;
            switch (operation) {
                case 0: value.update(n); return "value.update";
                case 1: case 2: return Text.of("value", value.value());
                case 3: list.add(n); return "list.add";
                case 4: case 5: return Text.of("list", items(list.get()));
                case 6: case 7: map.put("k" + n % 3, n); return "map.put";
                case 8: return Text.of("map.get", map.get("k" + n % 3));
                case 9: return Text.of("map.contains", cleansUp || map.isEmpty(), map.contains("k" + n % 3));
                case 10: return Text.of("map.entries", entries(map.entries()));
                case 11: map.remove("k" + n % 3); return "map.remove";
                case 12: reducing.add(n); return "reducing.add";
                case 13: return Text.of("reducing", reducing.get());
                case 14: aggregating.add(e); return "aggregating.add";
                default: return Text.of("aggregating", aggregating.get());
            }
        }

        private static String items(Iterable<Long> items) {
            StringJoiner list = new StringJoiner(",", "[", "]");
            for (Long item : items) list.add(String.valueOf(item));
            return list.toString();
        }

        private static String entries(Iterable<Map.Entry<String, Long>> entries) {
            TreeSet<String> sorted = new TreeSet<>();
            for (Map.Entry<String, Long> entry : entries) sorted.add(entry.getKey() + ":" + entry.getValue());
            return "{" + String.join(",", sorted) + "}";
        }
    }
}
