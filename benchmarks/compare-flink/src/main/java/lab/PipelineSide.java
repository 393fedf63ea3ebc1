package lab;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.contrib.streaming.state.EmbeddedRocksDBStateBackend;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.AccessExecutionVertex;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Flink's side of the pipelines: a job on a MiniCluster of one task manager, driven line by line; pipeline-side.ts says what the commands mean.
 *
 * Arguments: work, hashmap|rocksdb, parallelism, ms between checkpoints or 0, managed memory of a slot in bytes or `default`, folder, longest stream.
 */
public class PipelineSide {
    /** What a task manager of Flink's default size (1,728 MiB) manages. */
    static final String DEFAULT_MANAGED = "512m";

    static final OperatingSystemMXBean PROCESS = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    final String work, backend, budget;
    final int parallelism;
    final long endless;
    final Configuration configuration = new Configuration();
    final MiniCluster cluster;
    /** So that a record is made although nobody wants it. */
    Object kept;

    PipelineSide(String[] args) throws Exception {
        work = args[0];
        backend = args[1];
        parallelism = Integer.parseInt(args[2]);
        budget = args[4];
        endless = Long.parseLong(args[6]);
        String folder = Path.of(args[5]).toUri().toString();
        set("taskmanager.memory.managed.size", DEFAULT_MANAGED);
        if (!budget.equals("default")) set("state.backend.rocksdb.memory.fixed-per-slot", budget + " b");
        set("state.backend.rocksdb.localdir", Path.of(args[5]).toString());
        set("execution.checkpointing.incremental", "true");
        set("execution.checkpointing.storage", "filesystem");
        set("execution.checkpointing.dir", folder);
        if (!args[3].equals("0")) set("execution.checkpointing.interval", args[3] + " ms");
        set("pipeline.object-reuse", "true");
        set("restart-strategy.type", "none");
        // Any free one: another job may have Flink's own.
        set("rest.port", "0");
        set("rest.bind-address", "127.0.0.1");
        // The process stands still while it is another side's turn.
        set("heartbeat.timeout", "3600000");
        set("pekko.ask.timeout", "1 h");
        cluster = new MiniCluster(new MiniClusterConfiguration.Builder().setNumTaskManagers(1).setNumSlotsPerTaskManager(parallelism).setConfiguration(configuration).build());
        cluster.start();
    }

    /** A cluster that did not start leaves threads behind that would keep the process. */
    private static PipelineSide start(String[] args) {
        try {
            return new PipelineSide(args);
        } catch (Exception e) {
            e.printStackTrace();
            Runtime.getRuntime().halt(1);
            throw new IllegalStateException(e);
        }
    }

    private void set(String key, String value) { configuration.setString(key, value); }

    public static void main(String[] args) throws Exception {
        PipelineSide side = start(args);
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in));
        System.out.println(String.format("{\"ready\":\"Flink %s, Java %s\"}", org.apache.flink.runtime.util.EnvironmentInformation.getVersion(), System.getProperty("java.version")));
        for (String line = commands.readLine(); line != null && !line.equals("exit"); line = commands.readLine()) {
            System.out.println(side.reply(line.split(" ")));
        }
        // The job has no end, and nothing of it is wanted any more.
        Runtime.getRuntime().halt(0);
    }

    String reply(String[] command) throws Exception {
        switch (command[0]) {
            case "check": {
                JobGraph job = job(Long.parseLong(command[1]));
                cluster.submitJob(job).get();
                cluster.requestJobResult(job.getJobID()).get().toJobExecutionResult(getClass().getClassLoader());
                return StateSide.json("checksum", Pipelines.CHECKSUM.getAndSet(0), "results", Pipelines.RESULTS.getAndSet(0));
            }
            case "generate":
                return generate(Long.parseLong(command[1]) * 1_000_000L);
            case "start": {
                for (int i = 0; i < Pipelines.MADE.length(); i++) Pipelines.MADE.set(i, 0);
                long began = System.nanoTime();
                start(job(endless));
                return StateSide.json("ns", System.nanoTime() - began);
            }
            case "run": {
                Thread.sleep(Long.parseLong(command[1]));
                long made = Pipelines.made(), cpu = PROCESS.getProcessCpuTime(), began = System.nanoTime();
                Thread.sleep(Long.parseLong(command[2]));
                return StateSide.json("operations", Pipelines.made() - made, "ns", System.nanoTime() - began, "cpuNs", PROCESS.getProcessCpuTime() - cpu, "made", Pipelines.made());
            }
            case "memory":
                return StateSide.json("rssMiB", StateSide.residentMiB("VmRSS"), "peakMiB", StateSide.residentMiB("VmHWM"));
            default:
                throw new IllegalArgumentException(String.join(" ", command));
        }
    }

    private JobGraph job(long count) {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
        env.setParallelism(parallelism);
        env.setMaxParallelism(128);
        env.setStateBackend(backend.equals("hashmap") ? new HashMapStateBackend() : new EmbeddedRocksDBStateBackend(true));
        Pipelines.build(env, work, count);
        return env.getStreamGraph().getJobGraph();
    }

    private void start(JobGraph job) throws Exception {
        cluster.submitJob(job).get();
        for (boolean running = false; !running; Thread.sleep(20)) {
            JobStatus status = cluster.getJobStatus(job.getJobID()).get();
            if (status.isGloballyTerminalState()) throw new IllegalStateException("the job is " + status);
            running = status == JobStatus.RUNNING;
            for (AccessExecutionVertex vertex : cluster.getExecutionGraph(job.getJobID()).get().getAllExecutionVertices()) {
                running &= vertex.getExecutionState() == ExecutionState.RUNNING;
            }
        }
    }

    /** What the records alone cost. */
    private String generate(long limitNs) {
        Pipelines.Make<?> make = Pipelines.records(work);
        long i = 0, began = System.nanoTime(), now;
        do {
            for (int k = 0; k < 1000; k++) kept = make.of(i++);
            now = System.nanoTime();
        } while (now - began < limitNs);
        return StateSide.json("operations", i, "ns", now - began);
    }
}
