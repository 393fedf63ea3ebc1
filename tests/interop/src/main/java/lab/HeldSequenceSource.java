package lab;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.connector.source.*;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.core.io.InputStatus;

/** A number sequence that stops, without ending, after as many numbers as the main thread allows. */
public class HeldSequenceSource extends NumberSequenceSource {
    /** Looked at again after a while, as the main thread may raise the limit. */
    private static final Executor LATER = CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS);

    static volatile long limit = 0;
    /** Counted by the operator that is chained behind the source. */
    static final AtomicLong EMITTED = new AtomicLong();

    public HeldSequenceSource(long from, long to) {
        super(from, to);
    }

    @Override
    public SourceReader<Long, NumberSequenceSplit> createReader(SourceReaderContext context) {
        SourceReader<Long, NumberSequenceSplit> reader = super.createReader(context);
        return new SourceReader<Long, NumberSequenceSplit>() {
            public void start() { reader.start(); }

            public InputStatus pollNext(ReaderOutput<Long> output) throws Exception {
                return EMITTED.get() < limit ? reader.pollNext(output) : InputStatus.NOTHING_AVAILABLE;
            }

            public CompletableFuture<Void> isAvailable() {
                return EMITTED.get() < limit ? reader.isAvailable() : CompletableFuture.runAsync(() -> { }, LATER);
            }

            public List<NumberSequenceSplit> snapshotState(long checkpointId) { return reader.snapshotState(checkpointId); }
            public void addSplits(List<NumberSequenceSplit> splits) { reader.addSplits(splits); }
            public void notifyNoMoreSplits() { reader.notifyNoMoreSplits(); }
            public void close() throws Exception { reader.close(); }
        };
    }
}
