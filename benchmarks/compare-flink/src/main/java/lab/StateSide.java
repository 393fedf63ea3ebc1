package lab;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Flink's side of the comparison: the real keyed state backend on one thread, driven line by line.
 *
 * A command is a line of words on standard input, its reply a line of JSON on standard output; benchmarks/src/compare-flink/side.ts says what
 * each means. Arguments: hashmap|rocksdb|rocksdb-partitioned, value|list|map, keys, file of the order (32-bit little-endian), budget in bytes, folder.
 */
public class StateSide {
    static final int CHUNK = 100;

    final Backend backend;
    final Accesses accesses;
    final int positions;
    int cursor;

    StateSide(Backend backend, Accesses accesses, int positions) {
        this.backend = backend;
        this.accesses = accesses;
        this.positions = positions;
    }

    public static void main(String[] args) throws Exception {
        int keys = Integer.parseInt(args[2]);
        Long[] order = readOrder(Path.of(args[3]));
        Backend backend = new Backend(args[0], Long.parseLong(args[4]), Path.of(args[5]));
        backend.open();
        StateSide side = new StateSide(backend, Accesses.of(args[1], backend, keys, order), order.length);
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in));
        System.out.println(String.format("{\"ready\":\"Flink %s, Java %s\"}", org.apache.flink.runtime.util.EnvironmentInformation.getVersion(), System.getProperty("java.version")));
        for (String line = commands.readLine(); line != null && !line.equals("exit"); line = commands.readLine()) {
            System.out.println(side.reply(line.split(" ")));
        }
        backend.close();
        System.exit(0);
    }

    String reply(String[] command) throws Exception {
        long began = System.nanoTime();
        switch (command[0]) {
            case "setup":
                accesses.fill();
                backend.compact();
                System.gc();
                return json("ns", System.nanoTime() - began);
            case "check":
                return json("checksum", pass(command[1], Integer.parseInt(command[2])));
            case "run":
                return run(accesses.operation(command[1]), Long.parseLong(command[2]) * 1_000_000L);
            case "pass": {
                int count = Integer.parseInt(command[2]);
                accesses.prepare(command[1], count);
                began = System.nanoTime();
                pass(command[1], count);
                long ns = System.nanoTime() - began;
                accesses.reset(command[1], count);
                return json("operations", count, "ns", ns);
            }
            case "checkpoint":
                return backend.checkpoint();
            case "restore":
                return json("ns", backend.restore(Integer.parseInt(command[1]), accesses));
            case "sample":
                return json("checksum", backend.sample(accesses, Integer.parseInt(command[1])));
            case "memory":
                return json("rssMiB", residentMiB("VmRSS"), "peakMiB", residentMiB("VmHWM"));
            default:
                throw new IllegalArgumentException(String.join(" ", command));
        }
    }

    /** Positions from the first one on. */
    double pass(String name, int count) throws Exception {
        Accesses.Operation operation = accesses.operation(name);
        double sum = 0;
        for (int i = 0; i < count; i++) sum += operation.run(i % positions);
        return sum;
    }

    String run(Accesses.Operation operation, long limitNs) throws Exception {
        long operations = 0, began = System.nanoTime(), now;
        double sum = 0;
        int at = cursor;
        do {
            for (int i = 0; i < CHUNK; i++) {
                sum += operation.run(at);
                if (++at == positions) at = 0;
            }
            operations += CHUNK;
            now = System.nanoTime();
        } while (now - began < limitNs);
        cursor = at;
        return json("operations", operations, "ns", now - began, "checksum", sum);
    }

    static Long[] readOrder(Path file) throws Exception {
        var ints = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
        Long[] order = new Long[ints.remaining()];
        for (int i = 0; i < order.length; i++) order[i] = (long) ints.get(i);
        return order;
    }

    static long residentMiB(String what) throws Exception {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith(what + ":")) return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024;
        }
        return -1;
    }

    static String json(Object... namesAndNumbers) {
        StringBuilder out = new StringBuilder("{");
        for (int i = 0; i < namesAndNumbers.length; i += 2) {
            Object number = namesAndNumbers[i + 1];
            String text = number instanceof Double ? String.format(Locale.ROOT, "%.1f", number) : number.toString();
            out.append(i == 0 ? "" : ",").append('"').append(namesAndNumbers[i]).append("\":").append(text);
        }
        return out.append('}').toString();
    }
}
