package lab;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.apache.flink.api.common.eventtime.SerializableTimestampAssigner;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.connector.datagen.source.GeneratorFunction;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.windowing.WindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.SlidingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;

/** The pipelines, as pipeline-programs.ts has them. All in one process, so what they count is in static fields. */
final class Pipelines {
    static final int STEP = 64;
    static final String KEYED_COUNT = "keyedcount-";
    /** Records that each source has made; those of a subtask are a cache line apart. */
    static final AtomicLongArray MADE = new AtomicLongArray(8 * 16);
    static final AtomicLong RESULTS = new AtomicLong(), CHECKSUM = new AtomicLong();

    private Pipelines() {}

    interface Make<T> extends java.io.Serializable { T of(long number); }

    interface Weight<T> extends java.io.Serializable { long of(T result); }

    static long made() {
        long sum = 0;
        for (int i = 0; i < MADE.length(); i += 16) sum += MADE.get(i);
        return sum;
    }

    /** Record i of subtask s of p has number s + i * p. A subtask has `count / p` indexes in a row. */
    static class Numbered<T> implements GeneratorFunction<Long, T> {
        final Make<T> make;
        final long indexesOfSubtask;
        final int parallelism;

        Numbered(Make<T> make, long count, int parallelism) {
            this.make = make;
            this.indexesOfSubtask = count / parallelism;
            this.parallelism = parallelism;
        }

        @Override public T map(Long index) {
            int subtask = (int) (index / indexesOfSubtask);
            long i = index - subtask * indexesOfSubtask;
            if (i % STEP == 0) MADE.lazySet(subtask * 16, i);
            return make.of(subtask + i * parallelism);
        }
    }

    static class CountingSink<T> implements Sink<T> {
        final Weight<T> weight;

        CountingSink(Weight<T> weight) { this.weight = weight; }

        @Override @SuppressWarnings("deprecation") public SinkWriter<T> createWriter(InitContext context) {
            return new SinkWriter<T>() {
                long results, sum;

                @Override public void write(T result, Context c) { results++; sum += weight.of(result); }

                @Override public void flush(boolean endOfInput) {
                    if (endOfInput) { RESULTS.addAndGet(results); CHECKSUM.addAndGet(sum); }
                }

                @Override public void close() {}
            };
        }
    }

    static class Count extends KeyedProcessFunction<String, String, Tuple2<String, Long>> {
        transient ValueState<Long> count;

        @Override public void open(OpenContext c) { count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Types.LONG)); }

        @Override public void processElement(String word, Context c, Collector<Tuple2<String, Long>> out) throws Exception {
            Long before = count.value();
            long now = before == null ? 1 : before + 1;
            count.update(now);
            out.collect(Tuple2.of(word, now));
        }
    }

    static class CountAggregate<T> implements AggregateFunction<T, Long, Long> {
        @Override public Long createAccumulator() { return 0L; }

        @Override public Long add(T value, Long count) { return count + 1; }

        @Override public Long getResult(Long count) { return count; }

        @Override public Long merge(Long a, Long b) { return a + b; }
    }

    static class WithWindow implements WindowFunction<Long, Tuple3<Long, Long, Long>, Long, TimeWindow> {
        @Override public void apply(Long key, TimeWindow window, Iterable<Long> counts, Collector<Tuple3<Long, Long, Long>> out) {
            out.collect(Tuple3.of(key, counts.iterator().next(), window.getEnd()));
        }
    }

    /** Of each key. */
    static class CountOfKey extends KeyedProcessFunction<Long, Long, Tuple2<Long, Long>> {
        transient ValueState<Long> count;

        @Override public void open(OpenContext c) { count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Types.LONG)); }

        @Override public void processElement(Long key, Context c, Collector<Tuple2<Long, Long>> out) throws Exception {
            Long before = count.value();
            long now = before == null ? 1 : before + 1;
            count.update(now);
            out.collect(Tuple2.of(key, now));
        }
    }

    static Make<?> records(String work) {
        if (work.startsWith(KEYED_COUNT)) {
            int keys = Integer.parseInt(work.substring(KEYED_COUNT.length()));
            return (Make<Long>) i -> Records.keyOfMany(i, keys);
        }
        switch (work) {
            case "wordcount": return (Make<String>) i -> Records.WORD[Records.wordOf(i)];
            case "wordcount-anew": return (Make<String>) i -> "word-" + Records.wordOf(i);
            case "tumbling": return (Make<Records.Keyed>) i -> new Records.Keyed(i, Records.DENSE);
            case "sliding": return (Make<Records.Keyed>) i -> new Records.Keyed(i, Records.SPARSE);
            case "q5":
            case "q7": return (Make<Records.Bid>) i -> new Records.Bid(i);
            case "q8": return (Make<Records.Event>) i -> new Records.Event(i);
            default: throw new IllegalArgumentException(work);
        }
    }

    @SuppressWarnings("unchecked")
    private static <T> DataStream<T> source(StreamExecutionEnvironment env, String work, long count, TypeInformation<T> type, SerializableTimestampAssigner<T> time) {
        WatermarkStrategy<T> watermarks = time == null ? WatermarkStrategy.noWatermarks() : WatermarkStrategy.<T>forMonotonousTimestamps().withTimestampAssigner(time);
        return env.fromSource(new DataGeneratorSource<>(new Numbered<>((Make<T>) records(work), count, env.getParallelism()), count, type), watermarks, "records");
    }

    private static DataStream<Records.Bid> bids(StreamExecutionEnvironment env, String work, long count) {
        return source(env, work, count, Types.POJO(Records.Bid.class), (bid, t) -> bid.dateTime);
    }

    static void build(StreamExecutionEnvironment env, String work, long count) {
        TumblingEventTimeWindows tenSeconds = TumblingEventTimeWindows.of(java.time.Duration.ofSeconds(10));
        SlidingEventTimeWindows sliding = SlidingEventTimeWindows.of(java.time.Duration.ofSeconds(10), java.time.Duration.ofSeconds(2));
        if (work.startsWith(KEYED_COUNT)) {
            Pipelines.<Long>source(env, work, count, Types.LONG, null)
                    .keyBy(key -> key, Types.LONG).process(new CountOfKey()).returns(Types.TUPLE(Types.LONG, Types.LONG)).sinkTo(new CountingSink<>(t -> t.f0 * t.f1));
            return;
        }
        switch (work) {
            case "wordcount":
            case "wordcount-anew":
                Pipelines.<String>source(env, work, count, Types.STRING, null)
                        .keyBy(word -> word, Types.STRING).process(new Count()).returns(Types.TUPLE(Types.STRING, Types.LONG)).sinkTo(new CountingSink<>(t -> t.f0.length() * t.f1));
                break;
            case "tumbling":
                source(env, work, count, Types.POJO(Records.Keyed.class), (r, t) -> r.time)
                        .keyBy(r -> r.key, Types.LONG).window(TumblingEventTimeWindows.of(java.time.Duration.ofSeconds(1)))
                        .aggregate(new CountAggregate<>(), Types.LONG, Types.LONG).sinkTo(new CountingSink<>(n -> n * n));
                break;
            case "sliding":
                source(env, work, count, Types.POJO(Records.Keyed.class), (r, t) -> r.time)
                        .keyBy(r -> r.key, Types.LONG).window(sliding).aggregate(new CountAggregate<>(), Types.LONG, Types.LONG).sinkTo(new CountingSink<>(n -> n * n));
                break;
            case "q5":
                bids(env, work, count).keyBy(bid -> bid.auction, Types.LONG).window(sliding)
                        .aggregate(new CountAggregate<>(), new WithWindow(), Types.LONG, Types.TUPLE(Types.LONG, Types.LONG, Types.LONG))
                        .keyBy(t -> t.f2, Types.LONG).window(TumblingEventTimeWindows.of(java.time.Duration.ofSeconds(2)))
                        .reduce((a, b) -> a.f1 >= b.f1 ? a : b).sinkTo(new CountingSink<>(t -> t.f1 * t.f1));
                break;
            case "q7":
                bids(env, work, count).keyBy(bid -> bid.auction, Types.LONG).window(tenSeconds).reduce((a, b) -> a.price >= b.price ? a : b)
                        .windowAll(tenSeconds).reduce((a, b) -> a.price >= b.price ? a : b).sinkTo(new CountingSink<>(bid -> bid.price));
                break;
            case "q8": {
                DataStream<Records.Event> events = source(env, work, count, Types.POJO(Records.Event.class), (e, t) -> e.dateTime);
                events.filter(e -> e.kind == 0).join(events.filter(e -> e.kind == 1)).where(p -> p.id, Types.LONG).equalTo(a -> a.seller, Types.LONG).window(tenSeconds)
                        .apply((p, a) -> Tuple3.of(p.id, p.name, a.id), Types.TUPLE(Types.LONG, Types.STRING, Types.LONG)).sinkTo(new CountingSink<>(t -> t.f0 + t.f2));
                break;
            }
            default:
                throw new IllegalArgumentException(work);
        }
    }
}
