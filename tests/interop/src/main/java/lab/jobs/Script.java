package lab.jobs;

import java.io.*;
import java.nio.file.*;
import java.util.*;

/**
 * An input: the records and watermarks of a job in their order, and where the clock is moved.
 *
 * Lines: `record INPUT KEY VALUE TIMESTAMP`, `watermark TIMESTAMP`, `time MS`.
 */
final class Script {
    static final class Step implements Serializable {
        final String kind;
        final int seq;
        final String input, key;
        final long value, time;

        Step(int seq, String[] words) {
            this.seq = seq;
            kind = words[0];
            boolean record = kind.equals("record");
            input = record ? words[1] : "";
            key = record ? words[2] : "";
            value = record ? Long.parseLong(words[3]) : 0;
            time = Long.parseLong(words[record ? 4 : 1]);
        }

        Event event() {
            return new Event(seq, input, key, value, time);
        }
    }

    static ArrayList<Step> read(Path file) throws IOException {
        ArrayList<Step> steps = new ArrayList<>();
        for (String line : Files.readAllLines(file)) steps.add(new Step(steps.size(), line.split(" ")));
        return steps;
    }
}
