package lab.jobs;

import java.time.Duration;
import java.util.Map;
import org.apache.flink.api.common.state.*;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.functions.windowing.delta.DeltaFunction;
import org.apache.flink.streaming.api.windowing.assigners.*;
import org.apache.flink.streaming.api.windowing.triggers.*;
import org.apache.flink.streaming.api.windowing.windows.*;

/** Triggers of Flink and of a user. */
final class TriggerJobs {
    static void addTo(Map<String, Jobs.Program> jobs) {
        jobs.put("global-triggers", (events, out) -> {
            KeyedStream<Event, String> keyed = events.keyBy(e -> e.key);
            out.write("count", keyed.window(GlobalWindows.create()).trigger(CountTrigger.of(3)).process(new Panes.Tell<>()));
            out.write("purging-count", keyed.window(GlobalWindows.create()).trigger(PurgingTrigger.of(CountTrigger.of(4)))
                    .aggregate(new Panes.Digest(), new Panes.Tell<>()));
            out.write("delta", keyed.window(GlobalWindows.create())
                    .trigger(DeltaTrigger.of(40, new Distance(), Types.POJO(Event.class).createSerializer(new org.apache.flink.api.common.serialization.SerializerConfigImpl())))
                    .process(new Panes.Tell<>()));
        });
        jobs.put("end-of-stream", (events, out) -> out.write("result", events.keyBy(e -> e.key)
                .window(GlobalWindows.createWithEndOfStreamTrigger()).aggregate(new Panes.Total(), new Panes.Tell<>())));
        jobs.put("count-in-sessions", (events, out) -> out.write("result", events.keyBy(e -> e.key)
                .window(EventTimeSessionWindows.withGap(Duration.ofMillis(400)))
                .allowedLateness(Duration.ofMillis(500))
                .trigger(CountTrigger.of(2)).process(new Panes.TellSorted())));
        jobs.put("continuous-event-time", (events, out) -> {
            KeyedStream<Event, String> keyed = events.keyBy(e -> e.key);
            out.write("tumbling", keyed.window(TumblingEventTimeWindows.of(Duration.ofMillis(2000)))
                    .allowedLateness(Duration.ofMillis(900))
                    .trigger(ContinuousEventTimeTrigger.of(Duration.ofMillis(300)))
                    .aggregate(new Panes.Digest(), new Panes.Tell<>()));
            out.write("sessions", keyed.window(EventTimeSessionWindows.withGap(Duration.ofMillis(400)))
                    .trigger(ContinuousEventTimeTrigger.of(Duration.ofMillis(250)))
                    .process(new Panes.TellSorted()));
            out.write("purging", keyed.window(TumblingEventTimeWindows.of(Duration.ofMillis(2000)))
                    .trigger(PurgingTrigger.of(ContinuousEventTimeTrigger.of(Duration.ofMillis(700))))
                    .process(new Panes.Tell<>()));
        });
        jobs.put("own-trigger", (events, out) -> {
            KeyedStream<Event, String> keyed = events.keyBy(e -> e.key);
            out.write("tumbling", keyed.window(TumblingEventTimeWindows.of(Duration.ofMillis(1000)))
                    .allowedLateness(Duration.ofMillis(800)).trigger(new Moody<>()).process(new Panes.Tell<>()));
            out.write("sessions", keyed.window(EventTimeSessionWindows.withGap(Duration.ofMillis(300)))
                    .allowedLateness(Duration.ofMillis(800)).trigger(new Moody<>()).aggregate(new Panes.Total(), new Panes.Tell<>()));
        });
    }

    static class Distance implements DeltaFunction<Event> {
        public double getDelta(Event old, Event e) {
            return Math.abs(e.value - old.value);
        }
    }

    /** Every result, own timers that are set and deleted, own state, merging: all that a trigger may do. */
    static class Moody<W extends TimeWindow> extends Trigger<Event, W> {
        private static final ReducingStateDescriptor<Long> SUM = new ReducingStateDescriptor<>("sum", Long::sum, Types.LONG);

        @Override
        public TriggerResult onElement(Event e, long timestamp, W window, TriggerContext context) throws Exception {
            ReducingState<Long> sum = context.getPartitionedState(SUM);
            sum.add(e.value);
            context.registerEventTimeTimer(window.maxTimestamp());
            if (e.value % 3 == 0) context.registerEventTimeTimer(window.getStart() + 150);
            if (e.value % 4 == 0) context.deleteEventTimeTimer(window.getStart() + 150);
            if (sum.get() > 150) {
                sum.clear();
                return e.value % 2 == 0 ? TriggerResult.FIRE : TriggerResult.FIRE_AND_PURGE;
            }
            return e.value % 11 == 0 ? TriggerResult.PURGE : TriggerResult.CONTINUE;
        }

        @Override
        public TriggerResult onEventTime(long time, W window, TriggerContext context) {
            return time == window.maxTimestamp() ? TriggerResult.FIRE : TriggerResult.FIRE_AND_PURGE;
        }

        @Override
        public TriggerResult onProcessingTime(long time, W window, TriggerContext context) {
            return TriggerResult.CONTINUE;
        }

        @Override
        public boolean canMerge() {
            return true;
        }

        @Override
        public void onMerge(W window, OnMergeContext context) {
            context.mergePartitionedState(SUM);
            context.registerEventTimeTimer(window.maxTimestamp());
        }

        @Override
        public void clear(W window, TriggerContext context) throws Exception {
            context.getPartitionedState(SUM).clear();
            context.deleteEventTimeTimer(window.maxTimestamp());
            context.deleteEventTimeTimer(window.getStart() + 150);
        }
    }
}
