/**
 * `execute()` in a worker thread: jobs before the one of the thread are replayed, that one is taken up.
 * The program goes no further than that.
 */
import {
  CheckpointingOptions,
  type Clock,
  ConfigError,
  Configuration,
  encodeError,
  FileSystems,
  HeartbeatManagerOptions,
  processLog,
  SystemClock,
} from '@millrace/core';
import type { StateBackend } from '@millrace/state';
import {
  type CheckpointStorageFactory,
  chooseCheckpointStorage,
} from '../../configuration/checkpoint-storage-loader.ts';
import { loadStateBackend } from '../../configuration/state-backend-loader.ts';
import type { JobClient } from '../../gateway/job-client.ts';
import type { JobGraph } from '../../graph/job-graph.ts';
import { logSettings } from '../../logging/log-settings.ts';
import { registerTaskManagerMetrics } from '../../metrics/process-metrics.ts';
import { taskExecutorSettings } from '../task-executor-settings.ts';
import type { EarlierJob } from './earlier-jobs.ts';
import { replayJob } from './replayed-job.ts';
import { REPORT_INTERVAL_MS, TaskManagerServer } from './task-manager-server.ts';
import type { TaskManagerThread } from './task-manager-thread.ts';
import { WorkerCheckpointStreams } from './worker-checkpoint-streams.ts';

/** What a program gives its job that no other thread can give. */
export interface ProgramServices {
  readonly stateBackend?: StateBackend;
  readonly checkpointStorage?: CheckpointStorageFactory;
  readonly clock?: Clock;
  readonly fileSystems?: FileSystems;
  readonly random?: () => number;
  readonly shuffleTurns?: boolean;
}

/**
 * Before a job is deployed to threads.
 *
 * @throws ConfigError `UNSUPPORTED` for what would be another one in each thread
 */
export function checkThreadServices({
  clock,
  fileSystems,
  configuration,
}: ProgramServices & { readonly configuration: Configuration }): void {
  if (clock !== undefined && !(clock instanceof SystemClock)) {
    throw new ConfigError(
      'UNSUPPORTED',
      'time under control is that of one thread; with execution.target threads leave the clock of ' +
        'the program out, or set the target to local',
    );
  }
  const folders = [
    configuration.get(CheckpointingOptions.CHECKPOINTS_DIRECTORY),
    configuration.get(CheckpointingOptions.SAVEPOINT_DIRECTORY),
  ];
  for (const folder of folders) {
    if (folder !== undefined && fileSystems?.getFileSystem(folder).isOfThread === true) {
      throw new ConfigError(
        'UNSUPPORTED',
        `${folder} is in the memory of the main thread, and worker threads could not write there; ` +
          'with execution.target threads name a folder on disk',
      );
    }
  }
}

export async function takeUpJob(
  thread: TaskManagerThread,
  jobGraph: JobGraph,
  services: ProgramServices,
): Promise<JobClient> {
  const { jobIndex, earlierJobs } = thread.start;
  const index = thread.nextJob();
  if (index < jobIndex) {
    return replayJob(earlierJobs[index] as EarlierJob, jobGraph);
  }
  if (index === jobIndex) {
    try {
      await serve(thread, jobGraph, services);
    } catch (error) {
      thread.send({ kind: 'not-registered', error: encodeError(error) });
    }
  }
  return new Promise(() => {}); // The main thread ends this one.
}

async function serve(
  thread: TaskManagerThread,
  jobGraph: JobGraph,
  services: ProgramServices,
): Promise<void> {
  const { start } = thread;
  const warn = (message: string) => thread.send({ kind: 'warn', message });
  const configuration = Configuration.fromMap(start.configuration);
  processLog.threadName = `worker thread ${start.slot + 1}`;
  processLog.configure({
    levels: logSettings(configuration).levels,
    sink: { append: (record) => thread.send({ kind: 'log', record }) },
  });
  const fileSystems = services.fileSystems ?? new FileSystems();
  const stateBackend = await loadStateBackend(configuration, services.stateBackend);
  const storage = chooseCheckpointStorage(
    // The main thread has warned already of what is passed over.
    { stateBackend, ofProgram: services.checkpointStorage, configuration, warn: () => {} },
    { jobId: start.jobId, fileSystems },
  );
  const options = taskExecutorSettings(jobGraph, {
    configuration,
    clock: services.clock ?? new SystemClock(),
    random: services.random ?? Math.random,
    shuffleTurns: services.shuffleTurns ?? false,
    stateBackend,
    fileSystems,
    taskManagerId: start.taskManagerId,
    warn,
  });
  registerTaskManagerMetrics(
    options.metricRegistry,
    configuration,
    () => stateBackend.name === 'rocksdb',
  );
  const heartbeatIntervalMs = configuration.get(HeartbeatManagerOptions.HEARTBEAT_INTERVAL);
  new TaskManagerServer({
    thread,
    jobGraph,
    configuration,
    options,
    checkpointStreams: new WorkerCheckpointStreams(storage, { configuration, fileSystems }),
    heartbeatIntervalMs,
    reportIntervalMs: Math.min(REPORT_INTERVAL_MS, heartbeatIntervalMs),
  }).register();
}
