package lab;

import java.io.File;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RunnableFuture;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.state.State;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.contrib.streaming.state.EmbeddedRocksDBStateBackend;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.metrics.groups.UnregisteredMetricGroups;
import org.apache.flink.runtime.operators.testutils.MockEnvironment;
import org.apache.flink.runtime.operators.testutils.MockEnvironmentBuilder;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateBackendParametersImpl;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SharedStateRegistry;
import org.apache.flink.runtime.state.SharedStateRegistryImpl;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.runtime.state.filesystem.FsCheckpointStreamFactory;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.runtime.state.ttl.TtlTimeProvider;

/** One keyed state backend of Flink with 128 key groups, its checkpoints, and what is restored from them. */
class Backend {
    static final int KEY_GROUPS = 128;

    AbstractKeyedStateBackend<Long> keyed;
    private final String kind;
    private final long budgetBytes;
    private final File folder;
    private final SharedStateRegistry registry = new SharedStateRegistryImpl();
    private final MockEnvironment environment;
    private final List<AbstractKeyedStateBackend<Long>> restored = new ArrayList<>();
    private KeyedStateHandle last;
    private long checkpointId;

    Backend(String kind, long budgetBytes, Path folder) {
        this.kind = kind;
        this.budgetBytes = budgetBytes;
        this.folder = folder.toFile();
        this.environment = new MockEnvironmentBuilder().setManagedMemorySize(32 << 20).setMaxParallelism(KEY_GROUPS).build();
    }

    void open() throws Exception {
        keyed = create(new KeyGroupRange(0, KEY_GROUPS - 1), Collections.emptyList());
    }

    private AbstractKeyedStateBackend<Long> create(KeyGroupRange range, List<KeyedStateHandle> handles) throws Exception {
        return (AbstractKeyedStateBackend<Long>) stateBackend().createKeyedStateBackend(new KeyedStateBackendParametersImpl<>(
                environment, new JobID(), "compare_" + range.getStartKeyGroup(), LongSerializer.INSTANCE, KEY_GROUPS, range, environment.getTaskKvStateRegistry(),
                TtlTimeProvider.DEFAULT, UnregisteredMetricGroups.createUnregisteredTaskMetricGroup(), handles, new CloseableRegistry()));
    }

    private StateBackend stateBackend() throws Exception {
        if (kind.equals("hashmap")) return new HashMapStateBackend();
        Configuration configuration = new Configuration();
        configuration.setString("state.backend.rocksdb.memory.fixed-per-slot", budgetBytes + " b");
        configuration.setString("state.backend.rocksdb.memory.partitioned-index-filters", String.valueOf(kind.endsWith("-partitioned")));
        EmbeddedRocksDBStateBackend rocksdb = new EmbeddedRocksDBStateBackend(true).configure(configuration, Backend.class.getClassLoader());
        rocksdb.setDbStoragePath(new File(folder, "local").getAbsolutePath());
        return rocksdb;
    }

    <S extends State> S state(StateDescriptor<S, ?> descriptor) throws Exception {
        return keyed.getPartitionedState(VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor);
    }

    /** What the set-up wrote is in order, as in flink-benchmarks. */
    void compact() throws Exception {
        if (kind.equals("hashmap")) return;
        org.rocksdb.RocksDB database = (org.rocksdb.RocksDB) field(keyed, "db");
        for (Object info : ((Map<?, ?>) field(keyed, "kvStateInformation")).values()) {
            database.compactRange((org.rocksdb.ColumnFamilyHandle) field(info, "columnFamilyHandle"));
        }
    }

    /** A checkpoint whose synchronous part is over; the rest is written by a thread of its own, as in a task. */
    static class Running {
        final long id;
        final RunnableFuture<SnapshotResult<KeyedStateHandle>> future;
        final Thread writing;

        Running(long id, RunnableFuture<SnapshotResult<KeyedStateHandle>> future) {
            this.id = id;
            this.future = future;
            this.writing = new Thread(future, "writing");
        }
    }

    /** Incremental on RocksDB. The synchronous part is what holds up records. */
    private Running snapshot() throws Exception {
        long id = ++checkpointId;
        org.apache.flink.core.fs.Path own = new org.apache.flink.core.fs.Path(folder.toURI() + "/checkpoints/chk-" + id);
        org.apache.flink.core.fs.Path shared = new org.apache.flink.core.fs.Path(folder.toURI() + "/checkpoints/shared");
        FileSystem files = own.getFileSystem();
        files.mkdirs(own);
        files.mkdirs(shared);
        CheckpointStreamFactory streams = new FsCheckpointStreamFactory(files, own, shared, 20 * 1024, 4096);
        return new Running(id, keyed.snapshot(id, id, streams, CheckpointOptions.forCheckpointWithDefaultLocation()));
    }

    Running beginCheckpoint() throws Exception {
        Running running = snapshot();
        running.writing.start();
        return running;
    }

    KeyedStateHandle endCheckpoint(Running running) throws Exception {
        last = running.future.get().getJobManagerOwnedSnapshot();
        last.registerSharedStates(registry, running.id);
        keyed.notifyCheckpointComplete(running.id);
        return last;
    }

    String checkpoint() throws Exception {
        long began = System.nanoTime();
        Running running = snapshot();
        long taken = System.nanoTime();
        running.future.run();
        running.future.get();
        long ended = System.nanoTime();
        KeyedStateHandle handle = endCheckpoint(running);
        long written = handle instanceof IncrementalRemoteKeyedStateHandle ? ((IncrementalRemoteKeyedStateHandle) handle).getCheckpointedSize() : handle.getStateSize();
        return StateSide.json("syncNs", taken - began, "asyncNs", ended - taken, "writtenBytes", written, "fullBytes", handle.getStateSize());
    }

    /** As many backends as `parallelism`, one after the other, each until it has answered a first read. @return ns */
    long restore(int parallelism, Accesses accesses) throws Exception {
        keyed.dispose();
        for (AbstractKeyedStateBackend<Long> backend : restored) if (backend != keyed) backend.dispose();
        restored.clear();
        System.gc();
        long ns = 0;
        for (int subtask = 0; subtask < parallelism; subtask++) {
            KeyGroupRange range = new KeyGroupRange(subtask * KEY_GROUPS / parallelism, (subtask + 1) * KEY_GROUPS / parallelism - 1);
            long first = firstKeyOf(range);
            long began = System.nanoTime();
            keyed = create(range, Collections.singletonList(last));
            accesses.bind();
            accesses.sample(first);
            ns += System.nanoTime() - began;
            restored.add(keyed);
        }
        return ns;
    }

    /** Of `count` keys, spread over all. @return the sum of what they hold */
    double sample(Accesses accesses, int count) throws Exception {
        List<AbstractKeyedStateBackend<Long>> backends = restored.isEmpty() ? List.of(keyed) : List.copyOf(restored);
        double sum = 0;
        for (AbstractKeyedStateBackend<Long> backend : backends) {
            keyed = backend;
            accesses.bind();
            for (int i = 0; i < count; i++) {
                long key = (long) i * accesses.keys / count;
                if (backend.getKeyGroupRange().contains(keyGroupOf(key))) sum += accesses.sample(key);
            }
        }
        return sum;
    }

    void close() throws Exception {
        keyed.dispose();
        for (AbstractKeyedStateBackend<Long> backend : restored) if (backend != keyed) backend.dispose();
    }

    private static long firstKeyOf(KeyGroupRange range) {
        long key = 0;
        while (!range.contains(keyGroupOf(key))) key++;
        return key;
    }

    private static int keyGroupOf(long key) {
        return org.apache.flink.runtime.state.KeyGroupRangeAssignment.assignToKeyGroup(key, KEY_GROUPS);
    }

    private static Object field(Object object, String name) throws Exception {
        for (Class<?> type = object.getClass(); type != null; type = type.getSuperclass()) {
            try {
                Field field = type.getDeclaredField(name);
                field.setAccessible(true);
                return field.get(object);
            } catch (NoSuchFieldException e) {
                // Of a superclass.
            }
        }
        throw new NoSuchFieldException(name);
    }
}
