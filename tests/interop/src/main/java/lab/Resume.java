package lab;

import java.io.File;
import java.nio.file.Files;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.contrib.streaming.state.EmbeddedRocksDBStateBackend;
import org.apache.flink.core.execution.RestoreMode;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Runs the job from a checkpoint until it is idle and writes every state that it holds as JSON.
 *
 * args: CHECKPOINT|none OUT PARALLELISM FROM MORE hashmap|rocksdb [--ignore-unclaimed-state]
 * FROM: first event where the checkpoint has no source position; MORE: how many events to process.
 */
public class Resume {
    public static void main(String[] args) throws Exception {
        String path = args[0];
        int parallelism = Integer.parseInt(args[2]);
        HeldSequenceSource.limit = Long.parseLong(args[4]);
        File folder = Files.createTempDirectory("interop").toFile();
        Configuration configuration = Cluster.conf("execution.checkpointing.dir", folder.toURI().toString(),
                "execution.checkpointing.storage", "filesystem", "execution.checkpointing.interval", "10 h", "restart-strategy.type", "none",
                "taskmanager.memory.network.min", "32m", "taskmanager.memory.network.max", "32m", "rest.bind-address", "127.0.0.1");
        MiniCluster cluster = Cluster.start(parallelism, configuration);
        try {
            StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
            env.setParallelism(parallelism);
            env.setMaxParallelism(128);
            env.setStateBackend(new Capture.Backend(args[5].equals("rocksdb") ? new EmbeddedRocksDBStateBackend(true) : new HashMapStateBackend()));
            SpJob.build(env, Long.parseLong(args[3]));
            JobGraph graph = env.getStreamGraph().getJobGraph();
            if (!path.equals("none")) {
                graph.setSavepointRestoreSettings(SavepointRestoreSettings.forPath(path, args.length > 6, RestoreMode.NO_CLAIM));
            }
            cluster.submitJob(graph).get();
            Cluster.waitRunning(cluster, graph.getJobID());
            Cluster.quiesce(500, SpJob.COUNTING);
            Map<String, Object> operators = Capture.dump();
            Capture.JSON.writeValue(new File(args[1]), Map.of("operators", operators));
            Cluster.cancel(cluster, graph.getJobID());
        } finally {
            cluster.close();
            org.apache.flink.util.FileUtils.deleteDirectoryQuietly(folder);
        }
        System.exit(0);
    }
}
