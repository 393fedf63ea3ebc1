package lab.jobs;

import java.io.Serializable;
import java.util.*;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.streaming.api.datastream.*;
import org.apache.flink.streaming.api.functions.async.*;
import org.apache.flink.streaming.util.retryable.*;

/**
 * Async I/O whose completions come in an order that the function decides, not a thread: it keeps
 * requests until a group of four is there, then completes them in another order.
 */
final class AsyncJobs {
    static void addTo(Map<String, Jobs.Program> jobs) {
        jobs.put("async", (events, out) -> {
            out.write("ordered", AsyncDataStream.orderedWait(events, new Shuffled(), 1, TimeUnit.HOURS, 20));
            out.write("unordered", AsyncDataStream.unorderedWait(events, new Shuffled(), 1, TimeUnit.HOURS, 20));
        });
        jobs.put("async-timeout", (events, out) -> out.write("result",
                AsyncDataStream.orderedWait(events, new SometimesNever(), 50, TimeUnit.MILLISECONDS, 100)));
        // One at a time, so that all but the last record are done before the input ends.
        jobs.put("async-retry", (events, out) -> out.write("result",
                AsyncDataStream.orderedWaitWithRetry(events, new Flaky(), 1, TimeUnit.HOURS, 1, retries(5))));
        // The end of the input is the first time that anything is tried again, and the last.
        jobs.put("async-retry-at-end", (events, out) -> out.write("result",
                AsyncDataStream.unorderedWaitWithRetry(events.filter(e -> e.value % 8 < 4), new Flaky(), 10, TimeUnit.HOURS, 1000, retries(3_600_000))));
    }

    private static AsyncRetryStrategy<String> retries(long delayMs) {
        return new AsyncRetryStrategies.FixedDelayRetryStrategyBuilder<String>(3, delayMs).ifResult(new NoResult()).ifException(new TryAgain()).build();
    }

    static class NoResult implements Predicate<Collection<String>>, Serializable {
        public boolean test(Collection<String> results) { return results.isEmpty(); }
    }

    static class TryAgain implements Predicate<Throwable>, Serializable {
        public boolean test(Throwable error) { return error instanceof IllegalStateException; }
    }

    static class Shuffled extends RichAsyncFunction<Event, String> {
        private static final int[] ORDER = {2, 0, 3, 1};
        private transient List<Runnable> waiting;

        @Override
        public void open(OpenContext context) {
            waiting = new ArrayList<>();
        }

        @Override
        public void asyncInvoke(Event e, ResultFuture<String> result) {
            String line = Text.of(e.key, "#" + e.seq);
            waiting.add(() -> result.complete(e.value % 3 == 0 ? List.of() : e.value % 3 == 1 ? List.of(line) : List.of(line + " a", line + " b")));
            if (waiting.size() == ORDER.length) {
                for (int i : ORDER) waiting.get(i).run();
                waiting.clear();
            }
        }
    }

    /** Records that are never answered run into the timeout. */
    static class SometimesNever extends RichAsyncFunction<Event, String> {
        @Override
        public void asyncInvoke(Event e, ResultFuture<String> result) {
            if (e.value % 4 != 0) result.complete(List.of(Text.of(e.key, "#" + e.seq)));
        }

        @Override
        public void timeout(Event e, ResultFuture<String> result) {
            result.complete(List.of(Text.of(e.key, "#" + e.seq, "timed-out")));
        }
    }

    /** Answers nothing or fails at first; how often a record is tried depends on its value. */
    static class Flaky extends RichAsyncFunction<Event, String> {
        private transient Map<Integer, Integer> attempts;

        @Override
        public void open(OpenContext context) {
            attempts = new HashMap<>();
        }

        @Override
        public void asyncInvoke(Event e, ResultFuture<String> result) {
            int attempt = attempts.merge(e.seq, 1, Integer::sum);
            if (attempt > e.value % 4) result.complete(List.of(Text.of(e.key, "#" + e.seq, "attempt", attempt)));
            else if (e.value % 8 < 4) result.complete(List.of());
            else if (attempt < 3) result.completeExceptionally(new IllegalStateException("try again"));
            else result.complete(List.of(Text.of(e.key, "#" + e.seq, "gave-up", attempt)));
        }
    }
}
