package lab.jobs;

import java.time.Duration;
import java.util.Iterator;
import java.util.Map;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.windowing.assigners.*;
import org.apache.flink.streaming.api.windowing.evictors.*;
import org.apache.flink.streaming.api.windowing.triggers.*;
import org.apache.flink.streaming.api.windowing.windows.*;
import org.apache.flink.streaming.runtime.operators.windowing.TimestampedValue;

/** Evictors, before and after the window function. */
final class EvictorJobs {
    static void addTo(Map<String, Jobs.Program> jobs) {
        jobs.put("evictors-global", (events, out) -> {
            KeyedStream<Event, String> keyed = events.keyBy(e -> e.key);
            out.write("count", keyed.window(GlobalWindows.create()).trigger(CountTrigger.of(2)).evictor(CountEvictor.of(3)).process(new Panes.Tell<>()));
            out.write("count-after", keyed.window(GlobalWindows.create()).trigger(CountTrigger.of(2)).evictor(CountEvictor.of(3, true)).process(new Panes.Tell<>()));
            out.write("time", keyed.window(GlobalWindows.create()).trigger(CountTrigger.of(3)).evictor(TimeEvictor.of(Duration.ofMillis(500))).process(new Panes.Tell<>()));
            out.write("time-after", keyed.window(GlobalWindows.create()).trigger(CountTrigger.of(3)).evictor(TimeEvictor.of(Duration.ofMillis(500), true)).process(new Panes.Tell<>()));
            out.write("delta", keyed.window(GlobalWindows.create()).trigger(CountTrigger.of(3)).evictor(DeltaEvictor.of(40, new TriggerJobs.Distance())).process(new Panes.Tell<>()));
            out.write("delta-after", keyed.window(GlobalWindows.create()).trigger(CountTrigger.of(3)).evictor(DeltaEvictor.of(40, new TriggerJobs.Distance(), true)).process(new Panes.Tell<>()));
        });
        jobs.put("evictors-windows", (events, out) -> {
            KeyedStream<Event, String> keyed = events.keyBy(e -> e.key);
            out.write("sliding-reduce", keyed.window(SlidingEventTimeWindows.of(Duration.ofMillis(2000), Duration.ofMillis(700)))
                    .allowedLateness(Duration.ofMillis(600)).evictor(CountEvictor.of(4)).reduce(Event::fold).map(Event::summary));
            out.write("sessions-aggregate", keyed.window(EventTimeSessionWindows.withGap(Duration.ofMillis(400)))
                    .allowedLateness(Duration.ofMillis(600)).evictor(TimeEvictor.of(Duration.ofMillis(300))).aggregate(new Panes.Total(), new Panes.Tell<>()));
            out.write("own", keyed.window(TumblingEventTimeWindows.of(Duration.ofMillis(1500)))
                    .allowedLateness(Duration.ofMillis(600)).evictor(new Odd<>()).process(new Panes.Tell<>()));
        });
    }

    /** Evicts odd values before, and the largest value after the function. */
    static class Odd<W extends Window> implements Evictor<Event, W> {
        @Override
        public void evictBefore(Iterable<TimestampedValue<Event>> elements, int size, W window, EvictorContext context) {
            for (Iterator<TimestampedValue<Event>> i = elements.iterator(); i.hasNext();) if (i.next().getValue().value % 2 != 0) i.remove();
        }

        @Override
        public void evictAfter(Iterable<TimestampedValue<Event>> elements, int size, W window, EvictorContext context) {
            long max = Long.MIN_VALUE;
            for (TimestampedValue<Event> e : elements) max = Math.max(max, e.getValue().value);
            for (Iterator<TimestampedValue<Event>> i = elements.iterator(); i.hasNext();) if (i.next().getValue().value == max) i.remove();
        }
    }
}
