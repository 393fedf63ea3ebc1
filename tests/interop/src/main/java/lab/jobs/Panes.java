package lab.jobs;

import java.util.*;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.functions.windowing.*;
import org.apache.flink.streaming.api.windowing.windows.*;
import org.apache.flink.util.Collector;

/** The functions that most window jobs share. */
final class Panes {
    /** How many records, and their values in order: `n:digest`. */
    static class Digest implements AggregateFunction<Event, Tuple2<Long, Long>, String> {
        public Tuple2<Long, Long> createAccumulator() { return Tuple2.of(0L, 0L); }
        public Tuple2<Long, Long> add(Event e, Tuple2<Long, Long> a) { return Tuple2.of(a.f0 + 1, (a.f1 * 31 + e.value) % 1_000_003); }
        public String getResult(Tuple2<Long, Long> a) { return a.f0 + ":" + a.f1; }
        public Tuple2<Long, Long> merge(Tuple2<Long, Long> a, Tuple2<Long, Long> b) { return Tuple2.of(a.f0 + b.f0, (a.f1 * 31 + b.f1) % 1_000_003); }
    }

    /** How many records, and the sum of their values, in whatever order sessions merge: Flink does not say. */
    static class Total implements AggregateFunction<Event, Tuple2<Long, Long>, String> {
        public Tuple2<Long, Long> createAccumulator() { return Tuple2.of(0L, 0L); }
        public Tuple2<Long, Long> add(Event e, Tuple2<Long, Long> a) { return Tuple2.of(a.f0 + 1, a.f1 + e.value * e.value); }
        public String getResult(Tuple2<Long, Long> a) { return a.f0 + ":" + a.f1; }
        public Tuple2<Long, Long> merge(Tuple2<Long, Long> a, Tuple2<Long, Long> b) { return Tuple2.of(a.f0 + b.f0, a.f1 + b.f1); }
    }

    /** KEY WINDOW CONTENTS WATERMARK; contents are the records, or the one result of an aggregation. */
    static class Tell<T, W extends Window> extends ProcessWindowFunction<T, String, String, W> {
        @Override
        public void process(String key, Context context, Iterable<T> elements, Collector<String> out) {
            out.collect(Text.of(key, Text.window(context.window()), contents(elements), context.currentWatermark()));
        }
    }

    /** For sessions: the order of their records is that in which windows merged. */
    static class TellSorted extends ProcessWindowFunction<Event, String, String, TimeWindow> {
        @Override
        public void process(String key, Context context, Iterable<Event> elements, Collector<String> out) {
            List<Event> sorted = new ArrayList<>();
            elements.forEach(sorted::add);
            sorted.sort(Comparator.comparingInt(e -> e.seq));
            out.collect(Text.of(key, Text.window(context.window()), contents(sorted), context.currentWatermark()));
        }
    }

    static class TellAll<T, W extends Window> extends ProcessAllWindowFunction<T, String, W> {
        @Override
        public void process(Context context, Iterable<T> elements, Collector<String> out) {
            out.collect(Text.of("all", Text.window(context.window()), contents(elements)));
        }
    }

    static String contents(Iterable<?> elements) {
        List<String> texts = new ArrayList<>();
        for (Object e : elements) texts.add(e instanceof Event ? Event.text((Event) e) + "=" + ((Event) e).value : (String) e);
        return "[" + String.join(",", texts) + "]";
    }
}
