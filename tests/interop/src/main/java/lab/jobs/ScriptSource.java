package lab.jobs;

import java.util.ArrayList;
import org.apache.flink.streaming.api.functions.source.SourceFunction;
import org.apache.flink.streaming.api.watermark.Watermark;

/** Emits a script. In lockstep the next record waits until the last one has arrived. */
@SuppressWarnings("deprecation")
public class ScriptSource implements SourceFunction<Event> {
    private final ArrayList<Script.Step> steps;
    private final boolean lockstep;

    ScriptSource(ArrayList<Script.Step> steps, boolean lockstep) {
        this.steps = steps;
        this.lockstep = lockstep;
    }

    @Override
    public void run(SourceContext<Event> context) throws Exception {
        Lockstep.begin();
        for (Script.Step step : steps) {
            synchronized (context.getCheckpointLock()) {
                if (step.kind.equals("watermark")) context.emitWatermark(new Watermark(step.time));
                else context.collectWithTimestamp(step.event(), step.time);
            }
            if (lockstep && step.kind.equals("record")) Lockstep.await(step.seq);
        }
    }

    @Override
    public void cancel() {}
}
