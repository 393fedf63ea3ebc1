package lab;

import java.util.*;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.*;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.*;
import org.apache.flink.runtime.jobgraph.*;
import org.apache.flink.runtime.minicluster.*;

/** Small helpers around MiniCluster. */
public class Cluster {
    /** On any free port: two test files run at a time, each with clusters of its own. */
    public static MiniCluster start(int slots, Configuration c) throws Exception {
        c.setString("rest.port", "0");
        c.setString("rest.bind-port", "0");
        MiniCluster m = new MiniCluster(new MiniClusterConfiguration.Builder().setNumTaskManagers(1).setNumSlotsPerTaskManager(slots).setConfiguration(c).build());
        m.start(); return m;
    }
    public static Configuration conf(String... kv) { Configuration c = new Configuration(); for (int i = 0; i < kv.length; i += 2) c.setString(kv[i], kv[i + 1]); return c; }
    public static void waitRunning(MiniCluster m, JobID id) throws Exception {
        long end = System.currentTimeMillis() + 120_000;
        while (System.currentTimeMillis() < end) {
            JobStatus js = m.getJobStatus(id).get();
            if (js == JobStatus.FAILED || js == JobStatus.FINISHED || js == JobStatus.CANCELED) {
                throw new IllegalStateException("job " + js + " " + m.getArchivedExecutionGraph(id).get().getFailureInfo());
            }
            if (js == JobStatus.RUNNING) {
                boolean all = true;
                for (AccessExecutionVertex v : m.getExecutionGraph(id).get().getAllExecutionVertices()) if (v.getExecutionState() != ExecutionState.RUNNING) all = false;
                if (all) return;
            }
            Thread.sleep(20);
        }
        throw new IllegalStateException("not running in time");
    }
    public static void cancel(MiniCluster m, JobID id) throws Exception {
        m.cancelJob(id).get();
        while (!m.getJobStatus(id).get().isGloballyTerminalState()) Thread.sleep(20);
    }
    /** Waits until the counters stopped moving for ms. */
    /** Waits until every operator that counts its events has had all that the source may emit, and nothing moves. */
    public static void quiesce(long ms, String... uids) throws Exception {
        long end = System.currentTimeMillis() + 120_000;
        for (String uid : uids) {
            while (HeldSequenceSource.EMITTED.get() < HeldSequenceSource.limit || SpJob.counted(uid) < HeldSequenceSource.EMITTED.get()) {
                if (System.currentTimeMillis() >= end) throw new IllegalStateException(uid + " had " + SpJob.counted(uid) + " of " + HeldSequenceSource.limit);
                Thread.sleep(20);
            }
        }
        quiesce(ms);
    }

    public static void quiesce(long ms) throws Exception {
        String last = ""; long since = System.currentTimeMillis(), end = since + 120_000;
        while (System.currentTimeMillis() < end) {
            String now = HeldSequenceSource.EMITTED.get() + new TreeMap<>(SpJob.counts).toString();
            if (!now.equals(last)) { last = now; since = System.currentTimeMillis(); }
            else if (System.currentTimeMillis() - since >= ms) return;
            Thread.sleep(20);
        }
        throw new IllegalStateException("no quiescence");
    }
}
