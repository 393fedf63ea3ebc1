package lab.jobs;

/** A record of every job. `seq` is the line of the input that it stands in, so it names the record. */
public class Event {
    public int seq;
    public String input, key;
    public long value, ts;

    public Event() {}

    public Event(int seq, String input, String key, long value, long ts) {
        this.seq = seq;
        this.input = input;
        this.key = key;
        this.value = value;
        this.ts = ts;
    }

    /** Depends on the order of the records that it combines. */
    public static Event fold(Event a, Event b) {
        return new Event(a.seq, a.input, a.key, (a.value * 31 + b.value) % 1_000_003, Math.max(a.ts, b.ts));
    }

    /** Does not depend on the order. */
    public static Event add(Event a, Event b) {
        Event first = a.seq < b.seq ? a : b;
        return new Event(first.seq, first.input, first.key, a.value + b.value, Math.max(a.ts, b.ts));
    }

    static String text(Event e) {
        return "#" + e.seq;
    }

    static String summary(Event e) {
        return Text.of(e.key, Text.of("#" + e.seq, e.value, e.ts));
    }
}
