package lab;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;

/** The accesses that are measured: `setCurrentKey` and one call of a state, keys and values boxed before. */
abstract class Accesses {
    interface Operation {
        /** @return what goes into the checksum */
        double run(int position) throws Exception;
    }

    static final int VALUES = 1 << 16, LIST_VALUES = 100, MAP_KEYS = 10;

    final Backend backend;
    final int keys;
    final Long[] order;
    final Long[] values = new Long[VALUES];
    final Map<String, Operation> operations = new HashMap<>();
    /** Keys that had no state before, in no order; each pass has others. */
    Long[] newKeys = {};
    long added;

    Accesses(Backend backend, int keys, Long[] order) {
        this.backend = backend;
        this.keys = keys;
        this.order = order;
        for (int i = 0; i < VALUES; i++) values[i] = (long) storedValue(i);
    }

    static Accesses of(String group, Backend backend, int keys, Long[] order) throws Exception {
        switch (group) {
            case "value": return new OfValue(backend, keys, order);
            case "list": return new OfList(backend, keys, order);
            default: return new OfMap(backend, keys, order);
        }
    }

    Operation operation(String name) {
        Operation operation = operations.get(name);
        if (operation == null) throw new IllegalArgumentException(name);
        return operation;
    }

    /** The states of the backend, which is another one after a restore. */
    abstract void bind() throws Exception;
    /** Each key from 0 on gets its first contents. */
    abstract void fill() throws Exception;
    abstract double sample(long key) throws Exception;
    /** Keys of [from, to) get a number of more than 32 bits, made anew for each; of a value state only. */
    void grow(long from, long to) throws Exception { throw new UnsupportedOperationException("only a value state grows"); }
    void prepare(String name, int count) {}
    void reset(String name, int count) throws Exception {}

    /** 15 bits. The same as in TypeScript and C++. */
    static int storedValue(int i) {
        int x = i * 0x9E3779B1;
        return (x ^ (x >>> 15)) & 0x7fff;
    }

    void makeNewKeys(int count) {
        newKeys = new Long[count];
        for (int i = 0; i < count; i++) newKeys[i] = keys + added + (i * 7919L) % count;
        added += count;
    }

    void key(int position) { backend.keyed.setCurrentKey(order[position]); }

    Long value(int position) { return values[position & (VALUES - 1)]; }

    static class OfValue extends Accesses {
        ValueState<Long> state;

        OfValue(Backend backend, int keys, Long[] order) throws Exception {
            super(backend, keys, order);
            bind();
            operations.put("get", i -> { key(i); return state.value(); });
            operations.put("update", i -> { key(i); Long v = value(i); state.update(v); return v; });
            operations.put("get+update", i -> { key(i); Long v = state.value(); state.update(v + 1); return v; });
            operations.put("add", i -> { backend.keyed.setCurrentKey(newKeys[i]); Long v = value(i); state.update(v); return v; });
        }

        @Override void bind() throws Exception { state = backend.state(new ValueStateDescriptor<>("value", Types.LONG)); }

        @Override void fill() throws Exception {
            for (int i = 0; i < keys; i++) { backend.keyed.setCurrentKey((long) i); state.update(values[i & (VALUES - 1)]); }
        }

        @Override void grow(long from, long to) throws Exception {
            for (long key = from; key < to; key++) { backend.keyed.setCurrentKey(key); state.update(key * 1_000_003L); }
        }

        @Override double sample(long key) throws Exception { backend.keyed.setCurrentKey(key); return state.value(); }

        @Override void prepare(String name, int count) { makeNewKeys(count); }

        @Override void reset(String name, int count) throws Exception {
            for (Long key : newKeys) { backend.keyed.setCurrentKey(key); state.clear(); }
        }
    }

    static class OfList extends Accesses {
        ListState<Long> state;
        final List<Long> hundred = new ArrayList<>();

        OfList(Backend backend, int keys, Long[] order) throws Exception {
            super(backend, keys, order);
            for (int i = 0; i < LIST_VALUES; i++) hundred.add(values[i]);
            bind();
            operations.put("get", i -> { key(i); double sum = 0; for (Long v : state.get()) sum += v; return sum; });
            operations.put("add", i -> { key(i); Long v = value(i); state.add(v); return v; });
            operations.put("addAll100", i -> { key(i); state.addAll(hundred); return 1; });
        }

        @Override void bind() throws Exception { state = backend.state(new ListStateDescriptor<>("list", Types.LONG)); }

        @Override void fill() throws Exception {
            for (int i = 0; i < keys; i++) { backend.keyed.setCurrentKey((long) i); state.add(values[i & (VALUES - 1)]); }
        }

        @Override double sample(long key) throws Exception { backend.keyed.setCurrentKey(key); return state.get().iterator().next(); }

        /** Lists have one element each again, so that each pass finds the same. */
        @Override void reset(String name, int count) throws Exception {
            for (int i = 0; i < count; i++) {
                key(i % order.length);
                state.update(Collections.singletonList(values[(int) (order[i % order.length] & (VALUES - 1))]));
            }
        }
    }

    static class OfMap extends Accesses {
        MapState<Long, Double> state;
        final Long[] userKeys = new Long[MAP_KEYS];
        final Double[] doubles = new Double[VALUES];

        OfMap(Backend backend, int keys, Long[] order) throws Exception {
            super(backend, keys, order);
            for (int i = 0; i < MAP_KEYS; i++) userKeys[i] = (long) i;
            for (int i = 0; i < VALUES; i++) doubles[i] = storedValue(i) / 2.0;
            bind();
            operations.put("get", i -> { key(i); return state.get(userKeys[i % MAP_KEYS]); });
            operations.put("put", i -> { key(i); Double v = doubles[i & (VALUES - 1)]; state.put(userKeys[i % MAP_KEYS], v); return v; });
            operations.put("contains", i -> { key(i); return state.contains(userKeys[i % MAP_KEYS]) ? 1 : 0; });
            operations.put("iterate10", i -> { key(i); double sum = 0; for (Map.Entry<Long, Double> e : state.entries()) sum += e.getKey() + e.getValue(); return sum; });
            operations.put("add", i -> { backend.keyed.setCurrentKey(newKeys[i]); Double v = doubles[i & (VALUES - 1)]; state.put(userKeys[i % MAP_KEYS], v); return v; });
        }

        @Override void bind() throws Exception { state = backend.state(new MapStateDescriptor<>("map", Types.LONG, Types.DOUBLE)); }

        @Override void fill() throws Exception {
            for (int i = 0; i < keys; i++) {
                backend.keyed.setCurrentKey((long) i);
                for (int j = 0; j < MAP_KEYS; j++) state.put(userKeys[j], doubles[(i + j) & (VALUES - 1)]);
            }
        }

        @Override double sample(long key) throws Exception { backend.keyed.setCurrentKey(key); return state.get(0L); }

        @Override void prepare(String name, int count) { makeNewKeys(count); }

        @Override void reset(String name, int count) throws Exception {
            // Clearing would look for entries, which takes Flink milliseconds for each key in some databases.
            for (int i = 0; i < newKeys.length; i++) { backend.keyed.setCurrentKey(newKeys[i]); state.remove(userKeys[i % MAP_KEYS]); }
        }
    }
}
