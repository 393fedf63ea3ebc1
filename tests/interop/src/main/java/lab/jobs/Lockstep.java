package lab.jobs;

import org.apache.flink.api.java.functions.KeySelector;

/**
 * Makes the order in which an operator takes its two inputs that of the script.
 *
 * Both inputs come from one source, which sends a record only after the one before has arrived: the
 * function of the receiver, or its key selector, says so from the receiver's thread. A task works on
 * one element after the other, so what is sent after that is worked on after it. A watermark goes to
 * both inputs and is followed by a record of each, `sync-<input>`, before anything else: when both
 * have arrived, so has the watermark on both channels, which keep their order.
 */
final class Lockstep {
    private static Thread source;
    private static int arrived;

    static synchronized void begin() {
        source = Thread.currentThread();
        arrived = -1;
    }

    static synchronized void arrived(Event e) {
        if (Thread.currentThread() != source) {
            arrived = Math.max(arrived, e.seq);
            Lockstep.class.notifyAll();
        }
    }

    static synchronized void await(int seq) throws InterruptedException {
        long end = System.currentTimeMillis() + 20_000;
        while (arrived < seq) {
            if (System.currentTimeMillis() > end) throw new IllegalStateException("record " + seq + " did not arrive");
            Lockstep.class.wait(1000);
        }
    }

    static boolean isSync(String key) {
        return key.startsWith("sync-");
    }

    /** The key of a record, whose arrival it reports. */
    static class Key implements KeySelector<Event, String> {
        public String getKey(Event e) {
            arrived(e);
            return e.key;
        }
    }
}
