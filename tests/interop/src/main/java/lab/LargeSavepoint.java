package lab;

import java.io.File;
import java.nio.file.Files;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.state.*;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.contrib.streaming.state.EmbeddedRocksDBStateBackend;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Writes two savepoints of a job that has much state: one after KEYS keys, one after each hundredth of them was seen again.
 *
 * args: FOLDER KEYS canonical|native; about 800 bytes a key. Prints the path of each on a line.
 * Run by hand after `mvn -q -B package`, with the java options of tests/src/interop/flink.ts and -Xmx2g.
 */
public class LargeSavepoint {
    static final int PROFILE_CHARS = 400, COUNTERS = 8, VISITS = 6;

    public static class Visitor extends KeyedProcessFunction<Long, Long, Long> {
        final long keys;
        ValueState<String> profile; MapState<String, Long> counters; ListState<Long> visits;

        Visitor(long keys) { this.keys = keys; }

        @Override
        public void open(Configuration configuration) {
            profile = getRuntimeContext().getState(new ValueStateDescriptor<>("profile", Types.STRING));
            counters = getRuntimeContext().getMapState(new MapStateDescriptor<>("counters", Types.STRING, Types.LONG));
            visits = getRuntimeContext().getListState(new ListStateDescriptor<>("visits", Types.LONG));
        }

        @Override
        public void processElement(Long n, Context context, Collector<Long> out) throws Exception {
            StringBuilder text = new StringBuilder("visitor " + n + " ");
            java.util.Random random = new java.util.Random(n);
            while (text.length() < PROFILE_CHARS) text.append((char) ('a' + random.nextInt(26)));
            profile.update(text.toString());
            for (int i = 0; i < COUNTERS; i++) counters.put("page-" + (n + i) % 1000, n * i);
            for (int i = 0; i < VISITS; i++) visits.add(n + i);
            context.timerService().registerProcessingTimeTimer(Types0.FAR + n % keys);
            SpJob.count("visitors");
        }
    }

    /** Counted behind the source, in its chain: counted later, the source would have run ahead. */
    static Long emitted(Long n) { HeldSequenceSource.EMITTED.incrementAndGet(); return n; }

    public static void main(String[] args) throws Exception {
        long keys = Long.parseLong(args[1]);
        File folder = Files.createTempDirectory("large").toFile();
        Configuration configuration = Cluster.conf("execution.checkpointing.dir", folder.toURI().toString(), "restart-strategy.type", "none",
                "io.tmp.dirs", folder.getPath(), "taskmanager.memory.managed.size", "512m", "taskmanager.memory.network.min", "32m",
                "taskmanager.memory.network.max", "32m", "rest.bind-address", "127.0.0.1");
        MiniCluster cluster = Cluster.start(2, configuration);
        try {
            StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
            env.setParallelism(2);
            env.setMaxParallelism(128);
            env.setStateBackend(new EmbeddedRocksDBStateBackend(true));
            env.fromSource(new HeldSequenceSource(0, Long.MAX_VALUE / 2), WatermarkStrategy.noWatermarks(), "numbers").uid("numbers").setParallelism(1)
                    .map(LargeSavepoint::emitted).returns(Types.LONG).uid("emitted").setParallelism(1)
                    .keyBy(n -> n < keys ? n : (n - keys) * 100 % keys, Types.LONG).process(new Visitor(keys)).returns(Types.LONG).uid("visitors").name("visitors")
                    .filter(n -> false).uid("nothing");
            JobGraph graph = env.getStreamGraph().getJobGraph();
            HeldSequenceSource.limit = keys;
            cluster.submitJob(graph).get();
            Cluster.waitRunning(cluster, graph.getJobID());
            for (long seen : new long[] {keys, keys + keys / 100}) {
                HeldSequenceSource.limit = seen;
                while (HeldSequenceSource.EMITTED.get() < seen) Thread.sleep(100);
                Cluster.quiesce(1000);
                SavepointFormatType format = SavepointFormatType.valueOf(args[2].toUpperCase());
                System.out.println(cluster.triggerSavepoint(graph.getJobID(), args[0], false, format).get());
            }
            Cluster.cancel(cluster, graph.getJobID());
        } finally {
            cluster.close();
            org.apache.flink.util.FileUtils.deleteDirectoryQuietly(folder);
        }
        System.exit(0);
    }
}
