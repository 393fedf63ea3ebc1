package lab.jobs;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.nio.file.*;
import java.util.*;
import java.util.concurrent.TimeUnit;
import lab.Cluster;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.ExceptionUtils;

/**
 * Runs small jobs, each on its script, and writes what each puts out.
 *
 * args: FOLDER, which has a script `NAME.txt` for each job and gets `NAME.json`, its lines by stream.
 *
 * Everything runs at parallelism 1, so that scripts decide the order of all records and watermarks.
 */
public class Jobs {
    private static final long JOB_TIMEOUT_S = 30;

    interface Program {
        void build(DataStream<Event> events, Outputs out);
    }

    interface Operator {
        void run(List<Script.Step> script) throws Exception;
    }

    public static void main(String[] args) throws Exception {
        Map<String, Program> programs = new TreeMap<>();
        WindowJobs.addTo(programs);
        TriggerJobs.addTo(programs);
        EvictorJobs.addTo(programs);
        KeyedJobs.addTo(programs);
        TwoInputJobs.addTo(programs);
        BroadcastJobs.addTo(programs);
        AsyncJobs.addTo(programs);
        Map<String, Operator> operators = new TreeMap<>();
        HarnessJobs.addTo(operators);
        TtlJobs.addTo(operators);
        Configuration configuration = Cluster.conf("restart-strategy.type", "none", "rest.bind-address", "127.0.0.1",
                "taskmanager.memory.network.min", "32m", "taskmanager.memory.network.max", "32m");
        MiniCluster cluster = Cluster.start(1, configuration);
        try {
            for (Path script : scripts(Paths.get(args[0]))) {
                String name = script.getFileName().toString().replace(".txt", "");
                ArrayList<Script.Step> steps = Script.read(script);
                Map<String, ?> lines;
                try {
                    if (programs.containsKey(name)) run(cluster, configuration, programs.get(name), steps);
                    else if (operators.containsKey(name)) operators.get(name).run(steps);
                    else throw new IllegalArgumentException("no job of that name");
                    lines = Outputs.take();
                } catch (Throwable failure) {
                    Outputs.take();
                    lines = Map.of("error", List.of(ExceptionUtils.stringifyException(failure)));
                }
                new ObjectMapper().writeValue(new File(args[0], name + ".json"), lines);
            }
        } finally {
            cluster.close();
        }
        System.exit(0);
    }

    private static void run(MiniCluster cluster, Configuration configuration, Program program, ArrayList<Script.Step> script) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
        env.setParallelism(1);
        env.setBufferTimeout(0);
        boolean lockstep = program instanceof TwoInputProgram;
        DataStream<Event> events = env.addSource(new ScriptSource(script, lockstep), "script", Types.POJO(Event.class));
        program.build(events, new Outputs());
        JobGraph graph = env.getStreamGraph().getJobGraph();
        cluster.submitJob(graph).thenCompose(submitted -> cluster.requestJobResult(graph.getJobID()))
                .get(JOB_TIMEOUT_S, TimeUnit.SECONDS).toJobExecutionResult(Jobs.class.getClassLoader());
    }

    /** A program whose source keeps step with the operator behind it. */
    interface TwoInputProgram extends Program {}

    static DataStream<Event> input(DataStream<Event> events, String name) {
        return events.filter(e -> e.input.equals(name));
    }

    private static List<Path> scripts(Path folder) throws Exception {
        try (var files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".txt")).sorted().toList();
        }
    }
}
