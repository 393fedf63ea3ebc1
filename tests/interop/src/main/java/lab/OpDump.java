package lab;

import java.util.*;

/** Operator (non-keyed) state as the functions saw it when they were restored, per subtask. */
public class OpDump {
    static final class Seen {
        final String uid, name, mode;
        final int subtask;
        final List<?> items;

        Seen(String uid, String name, String mode, int subtask, List<?> items) {
            this.uid = uid;
            this.name = name;
            this.mode = mode;
            this.subtask = subtask;
            this.items = items;
        }
    }

    static final List<Seen> SEEN = new ArrayList<>();

    static synchronized void put(String uid, String name, String mode, int subtask, List<?> items) {
        SEEN.add(new Seen(uid, name, mode, subtask, new ArrayList<>(items)));
    }
}
