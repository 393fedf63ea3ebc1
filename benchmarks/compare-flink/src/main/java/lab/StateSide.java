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
                backend.compact();
                return json("operations", count, "ns", ns);
            }
            case "checkpoint":
                return backend.checkpoint();
            case "pause":
                return pause(accesses.operation(command[1]), Long.parseLong(command[2]) * 1_000_000L);
            case "grow":
                accesses.grow(Long.parseLong(command[1]), Long.parseLong(command[2]));
                System.gc();
                System.gc();
                return json("usedBytes", Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
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

    /** The longest time between two accesses while a checkpoint is taken, and before for `limitNs` without one. */
    String pause(Accesses.Operation operation, long limitNs) throws Exception {
        long until = System.nanoTime() + limitNs;
        long without = longestGap(operation, System.nanoTime(), () -> System.nanoTime() >= until);
        long began = System.nanoTime();
        // The synchronous part is in the first gap.
        Backend.Running running = backend.beginCheckpoint();
        long longest = longestGap(operation, began, () -> !running.writing.isAlive());
        long took = System.nanoTime() - began;
        backend.endCheckpoint(running);
        return json("longestNs", longest, "withoutNs", without, "tookNs", took);
    }

    private long longestGap(Accesses.Operation operation, long since, java.util.function.BooleanSupplier isOver) throws Exception {
        long longest = 0, last = since;
        do {
            for (int i = 0; i < 1000; i++) {
                operation.run(cursor);
                if (++cursor == positions) cursor = 0;
                long now = System.nanoTime();
                longest = Math.max(longest, now - last);
                last = now;
            }
        } while (!isOver.getAsBoolean());
        return longest;
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
