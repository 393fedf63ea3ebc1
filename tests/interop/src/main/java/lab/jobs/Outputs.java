package lab.jobs;

import java.util.*;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.operators.*;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;

/** What a job puts out: for each named stream its records with their timestamps, and its watermarks, as lines. */
final class Outputs {
    /** Jobs run in this JVM, one after the other. */
    private static final Map<String, List<String>> LINES = new ConcurrentHashMap<>();

    static Map<String, List<String>> take() {
        Map<String, List<String>> lines = new TreeMap<>(LINES);
        LINES.clear();
        return lines;
    }

    static List<String> linesOf(String name) {
        return LINES.computeIfAbsent(name, n -> Collections.synchronizedList(new ArrayList<>()));
    }

    /** Of this stream. */
    void write(String name, DataStream<String> stream) {
        stream.transform("lines " + name, Types.STRING, new Recorder(name)).sinkTo(new DiscardingSink<>());
    }

    static String line(StreamRecord<?> record) {
        return record.getValue() + " @" + (record.hasTimestamp() ? Text.of(record.getTimestamp()) : "none");
    }

    static String line(Watermark watermark) {
        return "watermark " + Text.of(watermark.getTimestamp());
    }

    static class Recorder extends AbstractStreamOperator<String> implements OneInputStreamOperator<String, String> {
        private final String name;
        private transient List<String> lines;

        Recorder(String name) {
            this.name = name;
        }

        @Override
        public void open() throws Exception {
            super.open();
            lines = linesOf(name);
        }

        @Override
        public void processElement(StreamRecord<String> record) {
            lines.add(line(record));
        }

        @Override
        public void processWatermark(Watermark watermark) throws Exception {
            lines.add(line(watermark));
            super.processWatermark(watermark);
        }

        @Override
        public void processWatermarkStatus(WatermarkStatus status) throws Exception {
            lines.add(status.isIdle() ? "idle" : "active");
            super.processWatermarkStatus(status);
        }
    }
}
