package lab;

import java.io.FileWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.connector.datagen.source.GeneratorFunction;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;

/**
 * The delays of each airport by the hour, on a MiniCluster, into the file `output/hours`, until it is killed. Flights are made up, for
 * only the time to the first result is of interest.
 */
public class FlightsStart {
    static final int AIRPORTS = 250, FLIGHTS_OF_MINUTE = 10;

    public static class Flight {
        public long due;
        public int delay;
        public String origin;

        public Flight() {}

        Flight(long i) {
            due = Records.T0 + i * 60_000 / FLIGHTS_OF_MINUTE;
            delay = Records.below(Records.mix(i, 1), 60);
            origin = "A" + Records.below(Records.mix(i, 0), AIRPORTS);
        }
    }

    public static class Delays implements AggregateFunction<Flight, Tuple3<Long, Long, Long>, String> {
        @Override public Tuple3<Long, Long, Long> createAccumulator() { return Tuple3.of(0L, 0L, 0L); }

        @Override public Tuple3<Long, Long, Long> add(Flight flight, Tuple3<Long, Long, Long> sums) {
            return Tuple3.of(sums.f0 + 1, sums.f1 + flight.delay, Math.max(sums.f2, flight.delay));
        }

        @Override public String getResult(Tuple3<Long, Long, Long> sums) { return sums.f0 + "," + sums.f1 + "," + sums.f2; }

        @Override public Tuple3<Long, Long, Long> merge(Tuple3<Long, Long, Long> a, Tuple3<Long, Long, Long> b) {
            return Tuple3.of(a.f0 + b.f0, a.f1 + b.f1, Math.max(a.f2, b.f2));
        }
    }

    /** Each line is in the file at once. */
    static class Lines implements Sink<String> {
        final String file;

        Lines(String file) { this.file = file; }

        @Override @SuppressWarnings("deprecation") public SinkWriter<String> createWriter(InitContext context) throws IOException {
            Files.createDirectories(Path.of(file).getParent());
            PrintWriter lines = new PrintWriter(new FileWriter(file), true);
            return new SinkWriter<String>() {
                @Override public void write(String line, Context c) { lines.println(line); }

                @Override public void flush(boolean endOfInput) {}

                @Override public void close() { lines.close(); }
            };
        }
    }

    public static void main(String[] args) throws Exception {
        Configuration configuration = new Configuration();
        configuration.setString("execution.checkpointing.interval", "1 s");
        configuration.setString("execution.checkpointing.storage", "filesystem");
        configuration.setString("execution.checkpointing.dir", Path.of("checkpoints").toUri().toString());
        configuration.setString("pipeline.object-reuse", "true");
        configuration.setString("rest.port", "0");
        configuration.setString("rest.bind-address", "127.0.0.1");
        MiniCluster cluster = new MiniCluster(new MiniClusterConfiguration.Builder().setNumTaskManagers(1).setNumSlotsPerTaskManager(1).setConfiguration(configuration).build());
        cluster.start();
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
        env.setParallelism(1);
        GeneratorFunction<Long, Flight> make = i -> new Flight(i);
        env.fromSource(new DataGeneratorSource<>(make, Long.MAX_VALUE, Types.POJO(Flight.class)),
                        WatermarkStrategy.<Flight>forBoundedOutOfOrderness(Duration.ofHours(2)).withTimestampAssigner((flight, t) -> flight.due), "flights")
                .keyBy(flight -> flight.origin, Types.STRING).window(TumblingEventTimeWindows.of(Duration.ofHours(1)))
                .aggregate(new Delays(), Types.TUPLE(Types.LONG, Types.LONG, Types.LONG), Types.STRING)
                .sinkTo(new Lines(Path.of("output", "hours").toString()));
        JobGraph job = env.getStreamGraph().getJobGraph();
        cluster.submitJob(job).get();
        cluster.requestJobResult(job.getJobID()).get();
    }
}
