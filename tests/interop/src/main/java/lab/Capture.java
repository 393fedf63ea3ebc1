package lab;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.lang.reflect.*;
import java.util.*;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.*;
import org.apache.avro.generic.IndexedRecord;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.state.*;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.java.tuple.*;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.state.*;
import org.apache.flink.runtime.state.internal.InternalAppendingState;
import org.apache.flink.state.api.runtime.OperatorIDGenerator;
import org.apache.flink.streaming.api.operators.*;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;

/** A state backend that only delegates, and remembers the keyed and operator backends it made, so that the main thread can dump an idle job's state. */
public class Capture {
    public static final Map<String, AbstractKeyedStateBackend<?>> KEYED = new ConcurrentHashMap<>(); // "<opIdHex>/<subtask>"
    static final Map<String, DefaultOperatorStateBackend> OPERATOR = new ConcurrentHashMap<>();

    static String id(String operatorIdentifier) { // Class_<hex>_(1/2)
        java.util.regex.Matcher m = java.util.regex.Pattern.compile("_([0-9a-f]{32})_\\((\\d+)/\\d+\\)").matcher(operatorIdentifier);
        if (!m.find()) throw new IllegalStateException(operatorIdentifier);
        return m.group(1) + "/" + (Integer.parseInt(m.group(2)) - 1);
    }

    public static class Backend implements ConfigurableStateBackend {
        final StateBackend d;
        public Backend(StateBackend d) { this.d = d; }
        public StateBackend configure(ReadableConfig c, ClassLoader cl) { return new Backend(d instanceof ConfigurableStateBackend ? ((ConfigurableStateBackend) d).configure(c, cl) : d); }
        public String getName() { return d.getName(); }
        public <K> CheckpointableKeyedStateBackend<K> createKeyedStateBackend(KeyedStateBackendParameters<K> p) throws Exception {
            CheckpointableKeyedStateBackend<K> b = d.createKeyedStateBackend(p); KEYED.put(id(p.getOperatorIdentifier()), (AbstractKeyedStateBackend<?>) b); return b; }
        public OperatorStateBackend createOperatorStateBackend(OperatorStateBackendParameters p) throws Exception {
            OperatorStateBackend b = d.createOperatorStateBackend(p); OPERATOR.put(id(p.getOperatorIdentifier()), (DefaultOperatorStateBackend) b); return b; }
        public boolean useManagedMemory() { return d.useManagedMemory(); }
        public boolean supportsNoClaimRestoreMode() { return d.supportsNoClaimRestoreMode(); }
        public boolean supportsSavepointFormat(SavepointFormatType t) { return d.supportsSavepointFormat(t); }
    }

    static final ObjectMapper JSON = new ObjectMapper();

    public static Object json(Object o) throws Exception {
        if (o == null || o instanceof String || o instanceof Boolean || o instanceof Integer || o instanceof Double || o instanceof Float) return o;
        if (o instanceof Long) { long v = (Long) o; return Math.abs(v) > 9007199254740991L || v == Long.MIN_VALUE ? (Object) Long.toString(v) : o; }
        if (o instanceof Tuple) { List<Object> l = new ArrayList<>(); for (int i = 0; i < ((Tuple) o).getArity(); i++) l.add(json(((Tuple) o).getField(i))); return l; }
        if (o instanceof long[]) { List<Object> l = new ArrayList<>(); for (long x : (long[]) o) l.add(json(x)); return l; }
        if (o instanceof TimeWindow) { Map<String, Object> m = new LinkedHashMap<>(); m.put("start", ((TimeWindow) o).getStart()); m.put("end", ((TimeWindow) o).getEnd()); return m; }
        if (o instanceof VoidNamespace) return null;
        if (o instanceof IndexedRecord) return JSON.readTree(o.toString());
        if (o instanceof Iterable) { List<Object> l = new ArrayList<>(); for (Object x : (Iterable<?>) o) l.add(json(x)); return l; }
        Map<String, Object> m = new LinkedHashMap<>();
        for (Field f : o.getClass().getFields()) if (!Modifier.isStatic(f.getModifiers())) m.put(f.getName(), json(f.get(o)));
        return m;
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    static Object value(State s) throws Exception {
        if (s instanceof ValueState) return json(((ValueState<?>) s).value());
        if (s instanceof MapState) {
            List<Object[]> es = new ArrayList<>();
            for (Map.Entry<?, ?> e : ((MapState<?, ?>) s).entries()) es.add(new Object[] {json(e.getKey()), json(e.getValue())});
            es.sort(Comparator.comparing(a -> String.valueOf(a[0])));
            return es.isEmpty() ? null : es;
        }
        if (s instanceof ListState) { Iterable<?> it = ((ListState<?>) s).get(); if (it == null) return null; List<?> l = (List<?>) json(it); return l.isEmpty() ? null : l; }
        if (s instanceof InternalAppendingState) return json(((InternalAppendingState) s).getInternal());
        throw new IllegalStateException(s.getClass().getName());
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    public static Map<String, Object> dump() throws Exception {
        ExecutionConfig ec = new ExecutionConfig();
        Map<String, Object> ops = new LinkedHashMap<>();
        for (Map.Entry<String, List<StateDescriptor<?, ?>>> e : SpJob.KEYED.entrySet()) {
            String uid = e.getKey(), hex = OperatorIDGenerator.fromUid(uid).toHexString();
            boolean win = SpJob.WINDOWED.contains(uid);
            Map<String, Object> op = new LinkedHashMap<>(); ops.put(uid, op);
            op.put("operatorId", hex);
            List<AbstractKeyedStateBackend> bs = KEYED.entrySet().stream().filter(x -> x.getKey().startsWith(hex + "/")).map(x -> (AbstractKeyedStateBackend) x.getValue()).collect(Collectors.toList());
            op.put("keySerializer", bs.get(0).getKeySerializer().getClass().getSimpleName());
            TypeSerializer ns = win ? new TimeWindow.Serializer() : VoidNamespaceSerializer.INSTANCE;
            Map<String, Object> states = new LinkedHashMap<>(); op.put("keyedStates", states);
            List<StateDescriptor<?, ?>> ds = new ArrayList<>(e.getValue());
            for (StateDescriptor<?, ?> d : ds) {
                Map<String, Object> sj = new LinkedHashMap<>(); states.put(d.getName(), sj);
                sj.put("kind", d.getType().name()); sj.put("ttl", d.getTtlConfig().isEnabled());
                List<Map<String, Object>> entries = new ArrayList<>();
                for (AbstractKeyedStateBackend b : bs) {
                    d.initializeSerializerUnlessSet(ec);
                    List<Tuple2<Object, Object>> kn;
                    try (Stream<Tuple2<Object, Object>> st = b.getKeysAndNamespaces(d.getName())) { kn = st.map(t -> Tuple2.of(t.f0, t.f1)).collect(Collectors.toList()); }
                    LinkedHashSet<Tuple2<Object, Object>> uniq = new LinkedHashSet<>(kn);
                    for (Tuple2<Object, Object> t : uniq) {
                        b.setCurrentKey(t.f0);
                        Object v = value(b.getPartitionedState(t.f1, ns, d));
                        if (v == null) continue;
                        Map<String, Object> en = new LinkedHashMap<>();
                        en.put("key", json(t.f0)); en.put("keyGroup", KeyGroupRangeAssignment.assignToKeyGroup(t.f0, 128));
                        if (win) en.put("namespace", json(t.f1));
                        en.put("value", v); entries.add(en);
                    }
                }
                sj.put("count", entries.size()); sj.put("entries", sorted(entries));
            }
            if (uid.equals("win-session")) {
                TypeSerializer w = new TimeWindow.Serializer();
                ListStateDescriptor md = new ListStateDescriptor("merging-window-set", new org.apache.flink.api.java.typeutils.runtime.TupleSerializer(Tuple2.class, new TypeSerializer[] {w, w}));
                Map<String, Object> sj = new LinkedHashMap<>(); states.put("merging-window-set", sj); sj.put("kind", "LIST"); sj.put("ttl", false);
                List<Map<String, Object>> entries = new ArrayList<>();
                for (AbstractKeyedStateBackend b : bs) {
                    List<Object> ks; try (Stream<Object> st = b.getKeys("merging-window-set", VoidNamespace.INSTANCE)) { ks = st.collect(Collectors.toList()); }
                    for (Object k : ks) { b.setCurrentKey(k); Object v = value(b.getPartitionedState(VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, md)); if (v == null) continue;
                        Map<String, Object> en = new LinkedHashMap<>(); en.put("key", json(k)); en.put("keyGroup", KeyGroupRangeAssignment.assignToKeyGroup(k, 128)); en.put("value", v); entries.add(en); }
                }
                sj.put("count", entries.size()); sj.put("entries", sorted(entries));
            }
            if (uid.equals("ttl-op") || uid.equals("broadcast-op")) continue; // no timers registered there
            Map<String, Object> timers = new LinkedHashMap<>(); op.put("timerService", win ? "window-timers" : "user-timers"); op.put("timers", timers);
            for (String kind : new String[] {"event", "processing"}) {
                if (kind.equals("processing") && !(uid.equals("by-string") || uid.equals("by-long"))) { timers.put(kind, Collections.emptyList()); continue; }
                List<Map<String, Object>> ts = new ArrayList<>();
                for (AbstractKeyedStateBackend b : bs) {
                    for (InternalTimer t : timers(b, "_timer_state/" + kind + "_" + (win ? "window-timers" : "user-timers"), new TimerSerializer(b.getKeySerializer(), ns))) {
                        Map<String, Object> en = new LinkedHashMap<>(); en.put("key", json(t.getKey())); if (win) en.put("namespace", json(t.getNamespace())); en.put("timestamp", t.getTimestamp()); ts.add(en);
                    }
                }
                timers.put(kind, sorted(ts));
            }
        }
        Map<String, Object> bc = (Map<String, Object>) ops.get("broadcast-op");
        Map<String, Object> perSub = new TreeMap<>();
        String hex = OperatorIDGenerator.fromUid("broadcast-op").toHexString();
        for (Map.Entry<String, DefaultOperatorStateBackend> x : OPERATOR.entrySet()) if (x.getKey().startsWith(hex + "/")) {
            Map<String, Object> r = new TreeMap<>(); for (Map.Entry<String, Long> q : x.getValue().getBroadcastState(SpJob.rules()).immutableEntries()) r.put(q.getKey(), q.getValue());
            perSub.put(x.getKey().substring(33), r); }
        Map<String, Object> bs = new LinkedHashMap<>(); bs.put("rules", Map.of("kind", "BROADCAST", "perSubtask", perSub)); bc.put("operatorStates", bs);
        synchronized (OpDump.class) {
            for (OpDump.Seen seen : OpDump.SEEN) {
                Map<String, Object> op = (Map<String, Object>) ops.computeIfAbsent(seen.uid, u -> new LinkedHashMap<String, Object>(Map.of("operatorId", OperatorIDGenerator.fromUid(u).toHexString())));
                Map<String, Object> os = (Map<String, Object>) op.computeIfAbsent("operatorStates", k -> new LinkedHashMap<String, Object>());
                Map<String, Object> s = (Map<String, Object>) os.computeIfAbsent(seen.name, k -> new LinkedHashMap<String, Object>(Map.of("kind", seen.mode, "perSubtask", new TreeMap<String, Object>())));
                ((Map<String, Object>) s.get("perSubtask")).put(String.valueOf(seen.subtask), json(seen.items));
            }
        }
        return ops;
    }

    static Object field(Object o, String name) throws Exception {
        for (Class<?> c = o.getClass(); c != null; c = c.getSuperclass()) {
            try { Field f = c.getDeclaredField(name); f.setAccessible(true); return f.get(o); } catch (NoSuchFieldException e) { /* up */ }
        }
        throw new NoSuchFieldException(name);
    }

    /** The timers of one queue: a heap queue's elements, or the entries of the RocksDB column family. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    static List<InternalTimer> timers(AbstractKeyedStateBackend b, String name, TimerSerializer ser) throws Exception {
        List<InternalTimer> l = new ArrayList<>();
        boolean rocks = b instanceof org.apache.flink.contrib.streaming.state.RocksDBKeyedStateBackend;
        if (!rocks || field(b, "heapPriorityQueuesManager") != null) {
            Object w = ((Map<?, ?>) field(field(b, rocks ? "heapPriorityQueuesManager" : "priorityQueuesManager"), "registeredPQStates")).get(name);
            if (w == null) return l;
            try (org.apache.flink.util.CloseableIterator it = ((org.apache.flink.runtime.state.heap.HeapPriorityQueueSnapshotRestoreWrapper) w).getPriorityQueue().iterator()) { while (it.hasNext()) l.add((InternalTimer) it.next()); }
        } else {
            Object info = ((Map<?, ?>) field(b, "kvStateInformation")).get(name);
            if (info == null) return l;
            ((org.apache.flink.contrib.streaming.state.RocksDBWriteBatchWrapper) field(b, "writeBatchWrapper")).flush(); // queue updates wait in a write batch
            org.rocksdb.ColumnFamilyHandle cf = (org.rocksdb.ColumnFamilyHandle) field(info, "columnFamilyHandle");
            try (org.rocksdb.RocksIterator it = ((org.rocksdb.RocksDB) field(b, "db")).newIterator(cf)) {
                for (it.seekToFirst(); it.isValid(); it.next()) {
                    org.apache.flink.core.memory.DataInputDeserializer in = new org.apache.flink.core.memory.DataInputDeserializer(it.key());
                    in.readByte(); // key group, one byte with maxParallelism 128
                    l.add((InternalTimer) ser.deserialize(in));
                }
            }
        }
        return l;
    }

    static List<Map<String, Object>> sorted(List<Map<String, Object>> l) {
        l.sort(Comparator.comparing(m -> { try { return JSON.writeValueAsString(m); } catch (Exception e) { throw new RuntimeException(e); } })); return l; }
}
