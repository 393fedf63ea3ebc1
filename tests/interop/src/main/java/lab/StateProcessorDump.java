package lab;

import static lab.SpJob.*;
import static lab.Types0.*;

import java.io.File;
import java.util.*;
import org.apache.flink.api.common.functions.*;
import org.apache.flink.api.common.state.*;
import org.apache.flink.api.common.typeinfo.*;
import org.apache.flink.api.java.tuple.*;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.state.api.*;
import org.apache.flink.state.api.functions.*;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.time.Time;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.CloseableIterator;
import org.apache.flink.util.Collector;

/**
 * Reads a checkpoint with the State Processor API and writes what it holds as JSON.
 *
 * args: CHECKPOINT OUT
 */
public class StateProcessorDump {
    /** Every state of one key as a line of JSON. */
    public static class Reader<K> extends KeyedStateReaderFunction<K, String> {
        final String uid;
        transient Map<String, State> states;

        Reader(String uid) { this.uid = uid; }

        @Override
        @SuppressWarnings({"unchecked", "rawtypes"})
        public void open(Configuration configuration) {
            states = new LinkedHashMap<>();
            for (StateDescriptor d : KEYED.get(uid)) {
                State state;
                if (d instanceof ValueStateDescriptor) state = getRuntimeContext().getState((ValueStateDescriptor) d);
                else if (d instanceof ListStateDescriptor) state = getRuntimeContext().getListState((ListStateDescriptor) d);
                else if (d instanceof MapStateDescriptor) state = getRuntimeContext().getMapState((MapStateDescriptor) d);
                else if (d instanceof ReducingStateDescriptor) state = getRuntimeContext().getReducingState((ReducingStateDescriptor) d);
                else state = getRuntimeContext().getAggregatingState((AggregatingStateDescriptor) d);
                states.put(d.getName(), state);
            }
        }

        @Override
        public void readKey(K key, Context context, Collector<String> out) throws Exception {
            Map<String, Object> values = new LinkedHashMap<>();
            for (Map.Entry<String, State> e : states.entrySet()) values.put(e.getKey(), e.getValue() instanceof AppendingState && !(e.getValue() instanceof ListState)
                    ? Capture.json(((AppendingState<?, ?>) e.getValue()).get()) : Capture.value(e.getValue()));
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("key", Capture.json(key));
            line.put("values", values);
            line.put("event", new TreeSet<>(context.registeredEventTimeTimers()));
            line.put("processing", new TreeSet<>(context.registeredProcessingTimeTimers()));
            out.collect(Capture.JSON.writeValueAsString(line));
        }
    }

    public static class PaneReader<IN, K> extends WindowReaderFunction<IN, String, K, TimeWindow> {
        @Override
        public void readWindow(K key, Context<TimeWindow> context, Iterable<IN> elements, Collector<String> out) throws Exception {
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("key", Capture.json(key));
            line.put("namespace", Capture.json(context.window()));
            line.put("elements", Capture.json(elements));
            line.put("event", new TreeSet<>(context.registeredEventTimeTimers()));
            out.collect(Capture.JSON.writeValueAsString(line));
        }
    }

    public static class Line<T> implements MapFunction<T, String>, ResultTypeQueryable<String> {
        public String map(T value) throws Exception { return Capture.JSON.writeValueAsString(Capture.json(value)); }
        public TypeInformation<String> getProducedType() { return Types.STRING; }
    }

    /** Gives the accumulator itself. */
    public static class Accumulator extends WinAggBase<Tuple2<Long, Long>> {
        public Tuple2<Long, Long> getResult(Tuple2<Long, Long> accumulator) { return accumulator; }
    }

    abstract static class WinAggBase<R> implements AggregateFunction<Event, Tuple2<Long, Long>, R> {
        public Tuple2<Long, Long> createAccumulator() { return Tuple2.of(0L, 0L); }
        public Tuple2<Long, Long> add(Event e, Tuple2<Long, Long> a) { return Tuple2.of(a.f0 + e.value, a.f1 + 1); }
        public Tuple2<Long, Long> merge(Tuple2<Long, Long> a, Tuple2<Long, Long> b) { return Tuple2.of(a.f0 + b.f0, a.f1 + b.f1); }
    }

    static List<Object> all(DataStream<String> lines) throws Exception {
        List<Object> result = new ArrayList<>();
        try (CloseableIterator<String> it = lines.executeAndCollect()) { while (it.hasNext()) result.add(Capture.JSON.readTree(it.next())); }
        return result;
    }

    static <K> List<Object> keyed(org.apache.flink.state.api.SavepointReader reader, String uid, TypeInformation<K> keyType) throws Exception {
        return all(reader.readKeyedState(OperatorIdentifier.forUid(uid), new Reader<K>(uid), keyType, Types.STRING));
    }

    public static void main(String[] args) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.setParallelism(1);
        SavepointReader reader = SavepointReader.read(env, args[0], new HashMapStateBackend());
        Map<String, Object> operators = new LinkedHashMap<>();
        operators.put("by-string", keyed(reader, "by-string", Types.STRING));
        operators.put("by-long", keyed(reader, "by-long", Types.LONG));
        operators.put("by-tuple", keyed(reader, "by-tuple", T2));
        operators.put("by-pojo", keyed(reader, "by-pojo", KPOJO));
        operators.put("null-map", keyed(reader, "null-map", Types.STRING));
        TypeInformation<Tuple2<Long, Long>> pair = Types.TUPLE(Types.LONG, Types.LONG);
        operators.put("win-agg", all(reader.window(TumblingEventTimeWindows.of(Time.seconds(1)))
                .aggregate("win-agg", new Accumulator(), new PaneReader<Tuple2<Long, Long>, String>(), Types.STRING, pair, Types.STRING)));
        TypeInformation<Tuple2<Long, String>> named = Types.TUPLE(Types.LONG, Types.STRING);
        operators.put("win-process", all(reader.window(TumblingEventTimeWindows.of(Time.seconds(5)))
                .process("win-process", new PaneReader<Tuple2<Long, String>, Long>(), Types.LONG, named, Types.STRING)));
        OperatorIdentifier opState = OperatorIdentifier.forUid("op-state");
        operators.put("even-list", all(reader.readListState(opState, "even-list", Types.STRING).map(new Line<>())));
        operators.put("union-list", all(reader.readUnionState(opState, "union-list", Types.TUPLE(Types.INT, Types.LONG)).map(new Line<>())));
        Capture.JSON.writeValue(new File(args[1]), Map.of("operators", operators));
        System.exit(0);
    }
}
