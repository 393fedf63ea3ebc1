package lab.jobs;

import java.util.*;
import org.apache.flink.streaming.api.windowing.windows.*;

/** The agreed form of what jobs put out: words, whole numbers and lists, apart by spaces. */
final class Text {
    static String of(Object... parts) {
        StringJoiner line = new StringJoiner(" ");
        for (Object part : parts) line.add(one(part));
        return line.toString();
    }

    /** In the order of the input. */
    static String list(Iterable<Event> events) {
        TreeSet<Integer> seqs = new TreeSet<>();
        for (Event e : events) seqs.add(e.seq);
        StringJoiner list = new StringJoiner(",", "[", "]");
        for (int seq : seqs) list.add("#" + seq);
        return list.toString();
    }

    static String window(Window w) {
        return w instanceof TimeWindow ? ((TimeWindow) w).getStart() + ".." + ((TimeWindow) w).getEnd() : "global";
    }

    private static String one(Object part) {
        if (part instanceof Long && (Long) part == Long.MIN_VALUE) return "MIN";
        if (part instanceof Long && (Long) part == Long.MAX_VALUE) return "MAX";
        return String.valueOf(part);
    }
}
