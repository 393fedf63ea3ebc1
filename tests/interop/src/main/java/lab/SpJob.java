package lab;

import static lab.Types0.*;

import java.util.*;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.*;
import lab.avro.AvroReading;
import lab.avro.Level;
import org.apache.avro.Schema;
import org.apache.avro.generic.*;
import org.apache.flink.api.common.eventtime.*;
import org.apache.flink.api.common.functions.*;
import org.apache.flink.api.common.state.*;
import org.apache.flink.api.common.typeinfo.*;
import org.apache.flink.api.java.tuple.*;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.formats.avro.typeutils.*;
import org.apache.flink.runtime.state.*;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.TimerService;
import org.apache.flink.streaming.api.datastream.*;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.*;
import org.apache.flink.streaming.api.functions.co.KeyedBroadcastProcessFunction;
import org.apache.flink.streaming.api.functions.source.SourceFunction;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.*;
import org.apache.flink.streaming.api.windowing.time.Time;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;

/** The job of the fixtures, with a source that both systems have: tests/src/interop/interop-program.ts is the same program. */
public class SpJob {
    public static final int N = 2000;
    /** The source's last number; it never gets there. */
    static final long LAST = 999_999;
    /** Read by the main thread (same JVM), which waits until they stand still. */
    public static final ConcurrentHashMap<String, AtomicLong> counts = new ConcurrentHashMap<>();
    /** Count every event. */
    static final String[] COUNTING = {"by-string", "by-long", "by-tuple", "by-pojo", "ttl-op", "broadcast-op", "null-map", "op-state"};
    static long counted(String uid) { AtomicLong count = counts.get(uid); return count == null ? 0 : count.get(); }
    static void count(String uid) { counts.computeIfAbsent(uid, k -> new AtomicLong()).incrementAndGet(); }

    // ---------------------------------------------------------------- descriptors
    static final TypeInformation<Pojo> POJO = Types.POJO(Pojo.class);
    static final TypeInformation<KeyPojo> KPOJO = Types.POJO(KeyPojo.class);
    static final TypeInformation<Tuple2<String, Integer>> T2 = Types.TUPLE(Types.STRING, Types.INT);
    static final String GENERIC_SCHEMA = "{\"type\":\"record\",\"name\":\"GenericReading\",\"namespace\":\"lab.generic\",\"fields\":["
            + "{\"name\":\"id\",\"type\":\"long\"},{\"name\":\"name\",\"type\":\"string\"},"
            + "{\"name\":\"opt\",\"type\":[\"null\",\"int\"],\"default\":null},{\"name\":\"raw\",\"type\":\"bytes\"},"
            + "{\"name\":\"f\",\"type\":\"float\"}]}";
    static Schema schema() { return new Schema.Parser().parse(GENERIC_SCHEMA); }

    static ValueStateDescriptor<Long> vLong() { return new ValueStateDescriptor<>("v-long", Types.LONG); }
    static ValueStateDescriptor<String> vString() { return new ValueStateDescriptor<>("v-string", Types.STRING); }
    static ValueStateDescriptor<Pojo> vPojo() { return new ValueStateDescriptor<>("v-pojo", POJO); }
    static ValueStateDescriptor<Tuple2<String, Integer>> vTuple() { return new ValueStateDescriptor<>("v-tuple2", T2); }
    static ListStateDescriptor<Long> lLong() { return new ListStateDescriptor<>("l-long", Types.LONG); }
    static ListStateDescriptor<String> lString() { return new ListStateDescriptor<>("l-string", Types.STRING); }
    static MapStateDescriptor<String, Long> mStringLong() { return new MapStateDescriptor<>("m-string-long", Types.STRING, Types.LONG); }
    static MapStateDescriptor<Long, Pojo> mLongPojo() { return new MapStateDescriptor<>("m-long-pojo", Types.LONG, POJO); }
    public static class Sum implements ReduceFunction<Long> { public Long reduce(Long a, Long b) { return a + b; } }
    static ReducingStateDescriptor<Long> rLong() { return new ReducingStateDescriptor<>("r-long", new Sum(), Types.LONG); }
    public static class Avg implements AggregateFunction<Long, Tuple2<Long, Long>, Double> {
        public Tuple2<Long, Long> createAccumulator() { return Tuple2.of(0L, 0L); }
        public Tuple2<Long, Long> add(Long v, Tuple2<Long, Long> a) { return Tuple2.of(a.f0 + v, a.f1 + 1); }
        public Double getResult(Tuple2<Long, Long> a) { return a.f1 == 0 ? 0 : a.f0 / (double) a.f1; }
        public Tuple2<Long, Long> merge(Tuple2<Long, Long> a, Tuple2<Long, Long> b) { return Tuple2.of(a.f0 + b.f0, a.f1 + b.f1); }
    }
    static AggregatingStateDescriptor<Long, Tuple2<Long, Long>, Double> aAvg() {
        return new AggregatingStateDescriptor<>("a-avg", new Avg(), Types.TUPLE(Types.LONG, Types.LONG)); }
    static ValueStateDescriptor<Long> vFired() { return new ValueStateDescriptor<>("v-fired", Types.LONG); }
    static ValueStateDescriptor<AvroReading> vAvroS() { return new ValueStateDescriptor<>("v-avro-specific", new AvroTypeInfo<>(AvroReading.class)); }
    static ValueStateDescriptor<GenericRecord> vAvroG() { return new ValueStateDescriptor<>("v-avro-generic", new GenericRecordAvroTypeInfo(schema())); }
    static ValueStateDescriptor<Long> bCount() { return new ValueStateDescriptor<>("b-count", Types.LONG); }
    static MapStateDescriptor<String, Long> rules() { return new MapStateDescriptor<>("rules", Types.STRING, Types.LONG); }
    static MapStateDescriptor<String, Long> mNull() { return new MapStateDescriptor<>("m-null", Types.STRING, Types.LONG); }
    static StateTtlConfig ttl() { return StateTtlConfig.newBuilder(java.time.Duration.ofDays(3650)).build(); }
    static ValueStateDescriptor<Long> ttlV() { ValueStateDescriptor<Long> d = new ValueStateDescriptor<>("ttl-v", Types.LONG); d.enableTimeToLive(ttl()); return d; }
    static ListStateDescriptor<Long> ttlL() { ListStateDescriptor<Long> d = new ListStateDescriptor<>("ttl-l", Types.LONG); d.enableTimeToLive(ttl()); return d; }
    static MapStateDescriptor<String, Long> ttlM() { MapStateDescriptor<String, Long> d = new MapStateDescriptor<>("ttl-m", Types.STRING, Types.LONG); d.enableTimeToLive(ttl()); return d; }
    static ListStateDescriptor<String> evenList() { return new ListStateDescriptor<>("even-list", Types.STRING); }
    static ListStateDescriptor<Tuple2<Integer, Long>> unionList() { return new ListStateDescriptor<>("union-list", Types.TUPLE(Types.INT, Types.LONG)); }

    // ---------------------------------------------------------------- operators
    public static class RuleSrc implements SourceFunction<Tuple2<String, Long>> {
        private volatile boolean run = true;
        public void run(SourceContext<Tuple2<String, Long>> ctx) throws Exception {
            for (int j = 0; j < 10; j++) synchronized (ctx.getCheckpointLock()) { ctx.collect(Tuple2.of("rule-" + j, j * 10L)); }
            while (run) Thread.sleep(5);
        }
        public void cancel() { run = false; }
    }
    public static class ByString extends KeyedProcessFunction<String, Event, Long> {
        ValueState<Long> vl; ValueState<String> vs; ValueState<Pojo> vp; ValueState<Tuple2<String, Integer>> vt;
        ListState<Long> ll; ListState<String> ls; MapState<String, Long> ms; MapState<Long, Pojo> ml; ReducingState<Long> rl;
        AggregatingState<Long, Double> aa; ValueState<Long> vf;
        @Override public void open(Configuration c) {
            RuntimeContext r = getRuntimeContext();
            vl = r.getState(vLong()); vs = r.getState(vString()); vp = r.getState(vPojo()); vt = r.getState(vTuple());
            ll = r.getListState(lLong()); ls = r.getListState(lString()); ms = r.getMapState(mStringLong()); ml = r.getMapState(mLongPojo());
            rl = r.getReducingState(rLong()); aa = r.getAggregatingState(aAvg()); vf = r.getState(vFired());
        }
        @Override public void processElement(Event e, Context ctx, Collector<Long> out) throws Exception {
            long i = e.id, k = i % 50;
            long n = vl.value() == null ? 1 : vl.value() + 1; vl.update(n);
            if (k != 7) vs.update("last-" + i + (i % 3 == 0 ? " żółć \uD83D\uDE00" : ""));
            vp.update(Pojo.of(i)); vt.update(Tuple2.of(e.skey, (int) n));
            if (i % 4 == 0) ll.add(i);
            if (i % 10 == 0) ls.add("s" + i);
            String mk = "m" + (i / 50 % 5); Long old = ms.get(mk); ms.put(mk, (old == null ? 0 : old) + e.value);
            ml.put(i / 50 % 3 - 1, Pojo.of(i));
            rl.add(e.value); aa.add(e.value);
            TimerService ts = ctx.timerService();
            ts.registerEventTimeTimer(BASE + 100_000 + (i / 50 % 20) * 1000);
            if (i % 6 == 0) ts.deleteEventTimeTimer(BASE + 100_000 + (i / 50 % 20) * 1000);
            ts.registerEventTimeTimer(e.ts + 500);
            ts.registerProcessingTimeTimer(FAR + (i / 50 % 3) * 1000);
            if (i >= N - 100 && k == 5) { vt.clear(); ms.remove("m0"); }
            if (i >= N - 50 && k == 6) { ls.clear(); ll.clear(); ml.clear(); }
            count("by-string");
        }
        @Override public void onTimer(long t, OnTimerContext ctx, Collector<Long> out) throws Exception { vf.update((vf.value() == null ? 0 : vf.value()) + 1); }
    }
    public static class ByLong extends KeyedProcessFunction<Long, Event, Long> {
        ValueState<Long> vl; ListState<Long> ll; MapState<String, Long> ms; ValueState<AvroReading> as; ValueState<GenericRecord> ag; transient Schema sch;
        @Override public void open(Configuration c) {
            RuntimeContext r = getRuntimeContext(); sch = schema();
            vl = r.getState(vLong()); ll = r.getListState(lLong()); ms = r.getMapState(mStringLong()); as = r.getState(vAvroS()); ag = r.getState(vAvroG());
        }
        @Override public void processElement(Event e, Context ctx, Collector<Long> out) throws Exception {
            long i = e.id; vl.update((vl.value() == null ? 0 : vl.value()) + e.value);
            if (i % 3 == 0) ll.add(-i);
            ms.put("k" + i % 4, i);
            AvroReading a = new AvroReading(); a.setSensor("s" + i % 9); a.setReading(i / 8.0); a.setSeq(i); a.setFlag(i % 2 == 1); a.setNote(i % 4 == 0 ? null : "note " + i);
            a.setTags(i % 3 == 0 ? Collections.emptyList() : Arrays.asList("a" + i % 5, "b")); a.setAttrs(Collections.singletonMap("m", (int) i)); a.setLevel(Level.values()[(int) (i % 3)]);
            as.update(a);
            GenericRecord g = new GenericData.Record(sch); g.put("id", i); g.put("name", "g" + i); g.put("opt", i % 2 == 0 ? null : (int) i);
            g.put("raw", java.nio.ByteBuffer.wrap(new byte[] {(byte) i, (byte) (i >> 8)})); g.put("f", i / 2f);
            ag.update(g);
            ctx.timerService().registerEventTimeTimer(BASE + 200_000 + i % 10);
            ctx.timerService().registerProcessingTimeTimer(FAR + i % 2);
            count("by-long");
        }
    }
    public static class ByTuple extends KeyedProcessFunction<Tuple2<String, Integer>, Event, Long> {
        ValueState<Long> vl; MapState<String, Long> ms;
        @Override public void open(Configuration c) { vl = getRuntimeContext().getState(vLong()); ms = getRuntimeContext().getMapState(mStringLong()); }
        @Override public void processElement(Event e, Context ctx, Collector<Long> out) throws Exception {
            vl.update((vl.value() == null ? 0 : vl.value()) + 1); ms.put("x" + e.id % 6, e.id);
            ctx.timerService().registerEventTimeTimer(BASE + 300_000); count("by-tuple");
        }
    }
    public static class ByPojo extends KeyedProcessFunction<KeyPojo, Event, Long> {
        ValueState<String> vs; ListState<String> ls;
        @Override public void open(Configuration c) { vs = getRuntimeContext().getState(vString()); ls = getRuntimeContext().getListState(lString()); }
        @Override public void processElement(Event e, Context ctx, Collector<Long> out) throws Exception {
            vs.update("p" + e.id); if (e.id % 5 == 0) ls.add("q" + e.id);
            ctx.timerService().registerEventTimeTimer(BASE + 400_000 + e.pid); count("by-pojo");
        }
    }
    public static class TtlOp extends KeyedProcessFunction<String, Event, Long> {
        ValueState<Long> v; ListState<Long> l; MapState<String, Long> m;
        @Override public void open(Configuration c) { v = getRuntimeContext().getState(ttlV()); l = getRuntimeContext().getListState(ttlL()); m = getRuntimeContext().getMapState(ttlM()); }
        @Override public void processElement(Event e, Context ctx, Collector<Long> out) throws Exception {
            v.update(e.id); if (e.id % 8 == 0) l.add(e.id); m.put("t" + e.id % 3, e.value); count("ttl-op");
        }
    }
    public static class Bcast extends KeyedBroadcastProcessFunction<String, Event, Tuple2<String, Long>, Long> {
        ValueState<Long> b;
        @Override public void open(Configuration c) { b = getRuntimeContext().getState(bCount()); }
        @Override public void processElement(Event e, ReadOnlyContext ctx, Collector<Long> out) throws Exception { b.update((b.value() == null ? 0 : b.value()) + 1); count("broadcast-op"); }
        @Override public void processBroadcastElement(Tuple2<String, Long> r, Context ctx, Collector<Long> out) throws Exception { ctx.getBroadcastState(rules()).put(r.f0, r.f1); count("broadcast-op-rules"); }
    }
    public static class NullMap extends KeyedProcessFunction<String, Event, Long> {
        MapState<String, Long> m;
        @Override public void open(Configuration c) { m = getRuntimeContext().getMapState(mNull()); }
        @Override public void processElement(Event e, Context ctx, Collector<Long> out) throws Exception { m.put("n" + e.id % 4, e.id % 3 == 0 ? null : e.id); count("null-map"); }
    }
    public static class OpState extends ProcessFunction<Event, Long> implements CheckpointedFunction {
        final List<String> even = new ArrayList<>(); long sum; transient ListState<String> es; transient ListState<Tuple2<Integer, Long>> us;
        @Override public void processElement(Event e, Context ctx, Collector<Long> out) { if (e.id % 100 < 2) even.add("e-" + e.id); sum += e.value; count("op-state"); }
        public void snapshotState(FunctionSnapshotContext c) throws Exception {
            int s = getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
            es.update(even); us.update(Collections.singletonList(Tuple2.of(s, sum)));
        }
        public void initializeState(FunctionInitializationContext c) throws Exception {
            int s = getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
            es = c.getOperatorStateStore().getListState(evenList()); us = c.getOperatorStateStore().getUnionListState(unionList());
            for (String x : es.get()) even.add(x);
            List<Object> all = new ArrayList<>(); for (Tuple2<Integer, Long> t : us.get()) { all.add(t); if (t.f0 == s) sum = t.f1; }
            if (c.isRestored()) { OpDump.put("op-state", "even-list", "split-list", s, new ArrayList<>(even)); OpDump.put("op-state", "union-list", "union-list", s, all); }
        }
    }
    public static class WinAgg implements AggregateFunction<Event, Tuple2<Long, Long>, Long> {
        public Tuple2<Long, Long> createAccumulator() { return Tuple2.of(0L, 0L); }
        public Tuple2<Long, Long> add(Event e, Tuple2<Long, Long> a) { count("win-agg"); return Tuple2.of(a.f0 + e.value, a.f1 + 1); }
        public Long getResult(Tuple2<Long, Long> a) { return a.f1; }
        public Tuple2<Long, Long> merge(Tuple2<Long, Long> a, Tuple2<Long, Long> b) { return Tuple2.of(a.f0 + b.f0, a.f1 + b.f1); }
    }
    public static class WinProc extends ProcessWindowFunction<Tuple2<Long, String>, Long, Long, TimeWindow> {
        @Override public void process(Long k, Context c, Iterable<Tuple2<Long, String>> it, Collector<Long> out) { count("win-process-fired"); }
    }

    // ---------------------------------------------------------------- the graph
    /** The watermark follows the last of the first N events, as in the fixtures. */
    static class FinalWatermark implements WatermarkGenerator<Long> {
        public void onEvent(Long i, long timestamp, WatermarkOutput out) { if (i == N - 1) out.emitWatermark(new org.apache.flink.api.common.eventtime.Watermark(FINAL_WM)); }
        public void onPeriodicEmit(WatermarkOutput out) {}
    }
    static Event emit(long i) { HeldSequenceSource.EMITTED.incrementAndGet(); return event(i); }

    public static void build(StreamExecutionEnvironment env, long from) {
        WatermarkStrategy<Long> strategy = WatermarkStrategy.<Long>forGenerator(c -> new FinalWatermark()).withTimestampAssigner((i, t) -> BASE + i * 10);
        DataStream<Event> src = env.fromSource(new HeldSequenceSource(from, LAST), strategy, "events").uid("events").setParallelism(1)
                .map(SpJob::emit).returns(Types.POJO(Event.class)).uid("to-event").setParallelism(1);
        src.keyBy(e -> e.skey, Types.STRING).process(new ByString()).returns(Types.LONG).uid("by-string").name("by-string");
        src.keyBy(e -> e.lkey, Types.LONG).process(new ByLong()).returns(Types.LONG).uid("by-long").name("by-long");
        src.keyBy(e -> Tuple2.of(e.ta, e.tb), T2).process(new ByTuple()).returns(Types.LONG).uid("by-tuple").name("by-tuple");
        src.keyBy(e -> new KeyPojo(e.pid, e.pname), KPOJO).process(new ByPojo()).returns(Types.LONG).uid("by-pojo").name("by-pojo");
        src.keyBy(e -> e.skey, Types.STRING).process(new NullMap()).returns(Types.LONG).uid("null-map").name("null-map");
        DataStream<Tuple2<String, Long>> rules = env.addSource(new RuleSrc(), "broadcast-source", Types.TUPLE(Types.STRING, Types.LONG)).uid("broadcast-source").setParallelism(1);
        src.keyBy(e -> e.skey, Types.STRING).process(new TtlOp()).returns(Types.LONG).uid("ttl-op").name("ttl-op");
        src.keyBy(e -> e.skey, Types.STRING).connect(rules.broadcast(rules())).process(new Bcast(), Types.LONG).uid("broadcast-op").name("broadcast-op");
        src.partitionCustom((Long k, int n) -> (int) (k % n), e -> e.id).process(new OpState()).returns(Types.LONG).uid("op-state").name("op-state");
        src.keyBy(e -> e.skey, Types.STRING).window(TumblingEventTimeWindows.of(Time.seconds(1)))
                .aggregate(new WinAgg(), Types.TUPLE(Types.LONG, Types.LONG), Types.LONG).uid("win-agg").name("win-agg");
        src.map(e -> Tuple2.of(e.lkey, "e" + e.id)).returns(Types.TUPLE(Types.LONG, Types.STRING)).uid("to-pair").setParallelism(1)
                .keyBy(t -> t.f0, Types.LONG).window(TumblingEventTimeWindows.of(Time.seconds(5)))
                .process(new WinProc(), Types.LONG).uid("win-process").name("win-process");
        src.keyBy(e -> e.lkey, Types.LONG).window(EventTimeSessionWindows.withGap(Time.milliseconds(500)))
                .aggregate(new WinAgg(), Types.TUPLE(Types.LONG, Types.LONG), Types.LONG).uid("win-session").name("win-session");
    }

    /** What to dump: uid -> namespace type and descriptors. */
    public static final Map<String, List<StateDescriptor<?, ?>>> KEYED = new LinkedHashMap<>();
    public static final Set<String> WINDOWED = new HashSet<>(Arrays.asList("win-agg", "win-process", "win-session"));
    static {
        KEYED.put("by-string", Arrays.asList(vLong(), vString(), vPojo(), vTuple(), lLong(), lString(), mStringLong(), mLongPojo(), rLong(), aAvg(), vFired()));
        KEYED.put("by-long", Arrays.asList(vLong(), lLong(), mStringLong(), vAvroS(), vAvroG()));
        KEYED.put("by-tuple", Arrays.asList(vLong(), mStringLong()));
        KEYED.put("by-pojo", Arrays.asList(vString(), lString()));
        KEYED.put("ttl-op", Arrays.asList(ttlV(), ttlL(), ttlM()));
        KEYED.put("broadcast-op", Arrays.asList(bCount()));
        KEYED.put("win-session", Arrays.asList(new AggregatingStateDescriptor<>("window-contents", new WinAgg(), Types.TUPLE(Types.LONG, Types.LONG))));
        KEYED.put("null-map", Arrays.asList(mNull()));
        KEYED.put("win-agg", Arrays.asList(new AggregatingStateDescriptor<>("window-contents", new WinAgg(), Types.TUPLE(Types.LONG, Types.LONG))));
        KEYED.put("win-process", Arrays.asList(new ListStateDescriptor<>("window-contents", Types.TUPLE(Types.LONG, Types.STRING))));
    }
}
