package lab;

import java.io.File;
import java.nio.file.Files;
import java.util.concurrent.CompletableFuture;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.common.eventtime.*;
import org.apache.flink.api.common.state.*;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.*;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.RestoreMode;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.runtime.jobgraph.*;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.streaming.api.datastream.*;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.co.KeyedCoProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Takes an unaligned checkpoint of a job with records in flight on every edge, then goes on from it.
 *
 * args: FOLDER EVENTS MORE hashmap|rocksdb [CHECKPOINT]. Prints the path of the checkpoint, and that of a savepoint after MORE events of each source.
 * With CHECKPOINT it takes none and goes on from that one.
 * The same program: tests/src/interop/unaligned-program.ts
 */
public class UnalignedCheckpoint {
    static volatile long limit = 0;
    static volatile int slowMs = 0;
    static final Map<String, AtomicLong> EMITTED = new ConcurrentHashMap<>();

    static AtomicLong emitted(String name) { return EMITTED.computeIfAbsent(name, each -> new AtomicLong()); }
    static void slow() throws InterruptedException { if (slowMs > 0) Thread.sleep(slowMs); }

    /** Stops without ending at the limit, as the operator that is chained behind it counts. */
    public static class Held extends NumberSequenceSource {
        final String name;
        Held(String name) { super(0, 999_999); this.name = name; }
        @Override
        public SourceReader<Long, NumberSequenceSplit> createReader(SourceReaderContext context) {
            SourceReader<Long, NumberSequenceSplit> reader = super.createReader(context);
            return new SourceReader<Long, NumberSequenceSplit>() {
                public void start() { reader.start(); }
                public InputStatus pollNext(ReaderOutput<Long> output) throws Exception { return emitted(name).get() < limit ? reader.pollNext(output) : InputStatus.NOTHING_AVAILABLE; }
                public CompletableFuture<Void> isAvailable() { return emitted(name).get() < limit ? reader.isAvailable() : new CompletableFuture<>(); }
                public List<NumberSequenceSplit> snapshotState(long id) { return reader.snapshotState(id); }
                public void addSplits(List<NumberSequenceSplit> splits) { reader.addSplits(splits); }
                public void notifyNoMoreSplits() { reader.notifyNoMoreSplits(); }
                public void close() throws Exception { reader.close(); }
            };
        }
    }

    static class EachHundredth implements WatermarkGenerator<Long> {
        public void onEvent(Long n, long timestamp, WatermarkOutput out) { if (n % 100 == 0) out.emitWatermark(new Watermark(n)); }
        public void onPeriodicEmit(WatermarkOutput out) {}
    }

    public static class Sum extends KeyedProcessFunction<Long, Long, Long> {
        ValueState<Long> sum, count, fired;
        @Override public void open(Configuration c) {
            sum = getRuntimeContext().getState(new ValueStateDescriptor<>("sum", Types.LONG));
            count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Types.LONG));
            fired = getRuntimeContext().getState(new ValueStateDescriptor<>("fired", Types.LONG));
        }
        @Override public void processElement(Long n, Context context, Collector<Long> out) throws Exception {
            slow();
            add(sum, n); add(count, 1);
            context.timerService().registerEventTimeTimer(context.timestamp() + 50);
            SpJob.count(getRuntimeContext().getTaskInfo().getTaskName());
        }
        @Override public void onTimer(long timestamp, OnTimerContext context, Collector<Long> out) throws Exception { add(fired, 1); }
    }

    public static class Both extends KeyedCoProcessFunction<Long, Tuple2<Integer, Long>, Long, Long> {
        ValueState<Long> sum1, sum2;
        @Override public void open(Configuration c) {
            sum1 = getRuntimeContext().getState(new ValueStateDescriptor<>("sum-1", Types.LONG));
            sum2 = getRuntimeContext().getState(new ValueStateDescriptor<>("sum-2", Types.LONG));
        }
        @Override public void processElement1(Tuple2<Integer, Long> pair, Context context, Collector<Long> out) throws Exception { slow(); add(sum1, pair.f0 + pair.f1); SpJob.count("both"); }
        @Override public void processElement2(Long n, Context context, Collector<Long> out) throws Exception { slow(); add(sum2, n); SpJob.count("both"); }
    }

    static void add(ValueState<Long> state, long more) throws Exception { state.update((state.value() == null ? 0 : state.value()) + more); }

    static DataStream<Long> numbers(StreamExecutionEnvironment env, String name) {
        WatermarkStrategy<Long> strategy = WatermarkStrategy.<Long>forGenerator(c -> new EachHundredth()).withTimestampAssigner((n, t) -> n);
        return env.fromSource(new Held(name), strategy, name).uid(name).setParallelism(1)
                .map(n -> { emitted(name).incrementAndGet(); return n; }).returns(Types.LONG).uid(name + "-out").setParallelism(1);
    }

    /** The second input of "both" comes from the first source; the chain of the second source forks. */
    static void build(StreamExecutionEnvironment env) {
        DataStream<Long> a = numbers(env, "a"), b = numbers(env, "b");
        DataStream<Tuple2<Integer, Long>> pairs = b.map(n -> Tuple2.of((int) (n % 7), n)).returns(Types.TUPLE(Types.INT, Types.LONG)).uid("pairs").setParallelism(1);
        pairs.keyBy(pair -> pair.f1 % 10, Types.LONG).connect(a.keyBy(n -> n % 10, Types.LONG)).process(new Both()).returns(Types.LONG).uid("both").name("both");
        a.rebalance().map(n -> n * 2).returns(Types.LONG).uid("spread").keyBy(n -> n % 10, Types.LONG).process(new Sum()).returns(Types.LONG).uid("after").name("after");
        a.union(b).keyBy(n -> n % 10, Types.LONG).process(new Sum()).returns(Types.LONG).uid("union").name("union");
    }

    static JobGraph graph(Configuration configuration) {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
        env.setParallelism(2);
        env.setMaxParallelism(128);
        build(env);
        return env.getStreamGraph().getJobGraph();
    }

    static void awaitEmitted(long events) throws Exception {
        while (emitted("a").get() < events || emitted("b").get() < events) Thread.sleep(5);
    }

    static String checkpoint(MiniCluster cluster, JobGraph job, long events) throws Exception {
        slowMs = 2;
        limit = events;
        cluster.submitJob(job).get();
        Cluster.waitRunning(cluster, job.getJobID());
        awaitEmitted(events);
        String checkpoint = cluster.triggerCheckpoint(job.getJobID()).get();
        Cluster.cancel(cluster, job.getJobID());
        return checkpoint;
    }

    public static void main(String[] args) throws Exception {
        long events = Long.parseLong(args[1]), more = Long.parseLong(args[2]);
        File folder = Files.createTempDirectory("unaligned").toFile();
        Configuration configuration = Cluster.conf("execution.checkpointing.dir", new File(args[0]).toURI().toString(),
                "execution.checkpointing.storage", "filesystem", "execution.checkpointing.interval", "10 h", "restart-strategy.type", "none",
                "execution.checkpointing.unaligned.enabled", "true", "execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION",
                "state.backend.type", args[3], "execution.checkpointing.incremental", "true", "io.tmp.dirs", folder.getPath(), "taskmanager.memory.managed.size", "256m", "taskmanager.memory.segment-size", "4kb",
                "taskmanager.memory.network.min", "32m", "taskmanager.memory.network.max", "32m", "rest.bind-address", "127.0.0.1");
        MiniCluster cluster = Cluster.start(2, configuration);
        try {
            String checkpoint = args.length > 4 ? args[4] : checkpoint(cluster, graph(configuration), events);
            System.out.println(checkpoint);

            slowMs = 0;
            EMITTED.clear();
            limit = more;
            JobGraph second = graph(configuration);
            second.setSavepointRestoreSettings(SavepointRestoreSettings.forPath(checkpoint, false, RestoreMode.NO_CLAIM));
            cluster.submitJob(second).get();
            Cluster.waitRunning(cluster, second.getJobID());
            awaitEmitted(more);
            Cluster.quiesce(500);
            System.out.println(cluster.triggerSavepoint(second.getJobID(), args[0], false, SavepointFormatType.CANONICAL).get());
            Cluster.cancel(cluster, second.getJobID());
        } finally {
            cluster.close();
            org.apache.flink.util.FileUtils.deleteDirectoryQuietly(folder);
        }
        System.exit(0);
    }
}
