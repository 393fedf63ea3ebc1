package lab.jobs;

import java.util.List;
import java.util.function.Function;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.*;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.transformations.OneInputTransformation;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.streaming.util.*;

/**
 * Drives one operator of a program through a script, with the clock in the script's hand.
 *
 * The clock moves a millisecond at a time, so each timer fires when it is due. A real task, and
 * Millrace, fire a timer a millisecond after its time, so nothing that is put out may tell the time
 * of firing, and no record may come at the time of a timer: records come when the clock is at 5 (mod
 * 10), and timers are at any other.
 */
final class Harness {
    /** The last operator of a program on a keyed stream. */
    static void keyed(String name, List<Script.Step> script, Function<KeyedStream<Event, String>, DataStream<String>> program) throws Exception {
        DataStream<Event> events = StreamExecutionEnvironment.getExecutionEnvironment().fromData(new Event());
        OneInputTransformation<Event, String> last = (OneInputTransformation<Event, String>) program.apply(events.keyBy(e -> e.key)).getTransformation();
        try (KeyedOneInputStreamOperatorTestHarness<String, Event, String> harness =
                new KeyedOneInputStreamOperatorTestHarness<>(last.getOperatorFactory(), e -> e.key, Types.STRING)) {
            drive(name, script, harness);
        }
    }

    static void drive(String name, List<Script.Step> script, OneInputStreamOperatorTestHarness<Event, ?> harness) throws Exception {
        harness.open();
        for (Script.Step step : script) {
            switch (step.kind) {
                case "record": harness.processElement(new StreamRecord<>(step.event(), step.time)); break;
                case "watermark": harness.processWatermark(new Watermark(step.time)); break;
                default:
                    for (long now = harness.getProcessingTime() + 1; now <= step.time; now++) {
                        harness.setStateTtlProcessingTime(now);
                        harness.setProcessingTime(now);
                    }
            }
        }
        List<String> lines = Outputs.linesOf(name);
        for (Object element : harness.getOutput()) lines.add(line(element));
    }

    private static String line(Object element) {
        if (element instanceof Watermark) return Outputs.line((Watermark) element);
        if (element instanceof WatermarkStatus) return ((WatermarkStatus) element).isIdle() ? "idle" : "active";
        StreamRecord<?> record = (StreamRecord<?>) element;
        return Outputs.line(record.getValue() instanceof Event ? new StreamRecord<>(Event.summary((Event) record.getValue()), record.getTimestamp()) : record);
    }
}
