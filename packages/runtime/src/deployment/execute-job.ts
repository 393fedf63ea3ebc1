/**
 * Runs a job graph: reads the settings, finds what to start from, deploys.
 *
 * Everything that can be wrong with settings or snapshot is told before a task starts.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  CheckpointingOptions,
  type Clock,
  type Configuration,
  checkKnownValues,
  checkOverruledSettings,
  checkUnknownKeys,
  ExecutionOptions,
  type FileSystem,
  FileSystems,
  getLogger,
  HighAvailabilityOptions,
  InvariantError,
  JobManagerOptions,
  type LogFields,
  MetricOptions,
  StateRecoveryOptions,
  SystemClock,
  WebOptions,
} from '@millrace/core';
import {
  assignStates,
  type CheckpointMetadata,
  type CheckpointStorage,
  type StateAssignment,
  type StateBackend,
  unclaimedOperators,
} from '@millrace/state';
import {
  checkpointConfiguration,
  unalignedWithoutExactlyOnce,
} from '../checkpoint/checkpoint-configuration.ts';
import { type LockOwner, thisProcess } from '../checkpoint/job-lock.ts';
import {
  type CheckpointStorageFactory,
  chooseCheckpointStorage,
} from '../configuration/checkpoint-storage-loader.ts';
import { loadStateBackend } from '../configuration/state-backend-loader.ts';
import { dispatcherOfProcess } from '../dispatcher/dispatcher.ts';
import type { JobClient } from '../gateway/job-client.ts';
import type { JobFacts } from '../gateway/job-details.ts';
import type { JobGraph, JobVertex } from '../graph/job-graph.ts';
import { describeJobGraph } from '../graph/job-graph-plan.ts';
import { jobPlan } from '../graph/job-plan.ts';
import { checkUnaligned } from '../graph/unaligned-edges.ts';
import type { AvailableSlots } from '../jobmanager/adaptive/available-slots.ts';
import { CheckpointingServices } from '../jobmanager/checkpointing-services.ts';
import { Executions } from '../jobmanager/executions.ts';
import { createRestartStrategy } from '../jobmanager/failover/create-restart-strategy.ts';
import { ExceptionHistory } from '../jobmanager/failover/exception-history.ts';
import {
  type FileSystemJobResultStore,
  openJobResultStore,
} from '../jobmanager/file-system-job-result-store.ts';
import type { JobDeployment } from '../jobmanager/job-deployment.ts';
import { jobFacts } from '../jobmanager/job-facts.ts';
import { JobMaster } from '../jobmanager/job-master.ts';
import { JobStatusTracker } from '../jobmanager/job-status-tracker.ts';
import { jobLog } from '../logging/job-log.ts';
import { localTaskManager } from '../metrics/task-manager-description.ts';
import { createMetricRegistry, LOCAL_TASK_MANAGER_ID } from '../tasks/create-metric-registry.ts';
import { batchSettings, refuseSnapshot } from './batch-execution.ts';
import { createAdaptiveScheduler, isAdaptive } from './create-adaptive-scheduler.ts';
import { checkShutdownSettings, endWithProcess } from './end-with-process.ts';
import { LocalDeployment, type LocalDeploymentOptions } from './local/local-deployment.ts';
import { openMetricReporters } from './metric-reporters.ts';
import {
  type JobRehearsal,
  planRequestOfProcess,
  type RehearsalReport,
  rehearsalOfProcess,
} from './rehearsal/job-rehearsal.ts';
import { rehearseJob } from './rehearsal/rehearse-job.ts';
import { startRestEndpoint } from './rest-endpoint.ts';
import { type TaskExecutorServices, taskExecutorSettings } from './task-executor-settings.ts';
import { programRunOf } from './threads/earlier-jobs.ts';
import { type ProgramModule, resolveProgram } from './threads/program-module.ts';
import { checkThreadServices, takeUpJob } from './threads/take-up-job.ts';
import { taskManagerOfThread } from './threads/task-manager-thread.ts';
import { ThreadsDeployment } from './threads/threads-deployment.ts';
import { nameInUncaughtErrors } from './uncaught-errors-of-process.ts';
import { warnOnce } from './warn-once.ts';

const LOGGER = getLogger('jobmanager');

export interface ExecuteJobOptions {
  readonly configuration: Configuration;
  /** Wins over `state.backend.type`. */
  readonly stateBackend?: StateBackend;
  /** Wins over `execution.checkpointing.storage`. */
  readonly checkpointStorage?: CheckpointStorageFactory;
  readonly clock?: Clock;
  readonly fileSystems?: FileSystems;
  /** In `[0, 1)`; with a seeded one and a manual clock a run can be replayed. */
  readonly random?: () => number;
  /** Deals the tasks' turns by `random` instead of in order. */
  readonly shuffleTurns?: boolean;
  /** Where the slots are; as `execution.target` says unless given. */
  readonly deployment?: (options: LocalDeploymentOptions) => JobDeployment;
  /** Under whose name the job is locked, with high availability; this process unless given. */
  readonly lockOwner?: LockOwner;
  /**
   * Those that the program resizes itself, for `jobmanager.scheduler: Adaptive`; else
   * `taskmanager.numberOfTaskSlots`, and without that no limit, or in reactive mode the processors that
   * the process may use.
   */
  readonly slots?: AvailableSlots;
  /** Where warnings go; to the log unless given, which writes them to the standard error stream. */
  readonly warn?: (message: string) => void;
  /**
   * For `execution.target: threads`: what the worker threads import where the program is not the main
   * module of the process, as in tests. One object stands for one run of the program.
   */
  readonly program?: ProgramModule;
}

/**
 * Resolves once the job is set up; `result` tells how it ended. In a worker thread of the deployment
 * `threads` the job is taken up instead, see `takeUpJob`.
 *
 * @throws ConfigError, CheckpointError for settings or a snapshot that the job cannot start with
 */
export async function executeJob(
  jobGraph: JobGraph,
  options: ExecuteJobOptions,
): Promise<JobClient> {
  const taskManager = taskManagerOfThread();
  if (taskManager !== undefined) {
    return takeUpJob(taskManager, jobGraph, options);
  }
  const run = programRunOf(options.program);
  const jobIndex = run.begin();
  const isOnThreads =
    options.configuration.get(ExecutionOptions.TARGET) === 'threads' &&
    options.deployment === undefined;
  return isOnThreads
    ? run.record(jobIndex, jobGraph, submitJob(jobGraph, options, jobIndex))
    : submitJob(jobGraph, options, undefined);
}

/** Of a job: to whoever listens to the job, else to the log. */
function warner(options: ExecuteJobOptions, fields: LogFields): (message: string) => void {
  const logger = LOGGER.child(fields);
  return options.warn ?? ((message) => logger.warn(message));
}

/** @param jobIndex - of a job on threads: which one of its program it is */
async function submitJob(
  jobGraph: JobGraph,
  options: ExecuteJobOptions,
  jobIndex: number | undefined,
): Promise<JobClient> {
  checkKnownValues(options.configuration);
  const configuration = jobGraph.batchExecution
    ? batchSettings(options.configuration)
    : options.configuration;
  await jobLog.configure(configuration);
  const warn = warner(options, { job: jobGraph.jobName });
  const warnOfConfiguration = warnOnce(options.warn, warn);
  for (const check of [checkUnknownKeys, checkOverruledSettings]) {
    for (const message of check(configuration)) {
      warnOfConfiguration(message);
    }
  }
  const endWithPlan = planRequestOfProcess();
  if (endWithPlan !== undefined) {
    return endWithPlan({
      text: describeJobGraph(jobGraph),
      plan: jobPlan('0'.repeat(32), jobGraph),
    });
  }
  const clock = options.clock ?? new SystemClock();
  const random = options.random ?? Math.random;
  const stateBackend = await loadStateBackend(configuration, options.stateBackend);
  const fileSystems = options.fileSystems ?? new FileSystems();
  const rehearsal = rehearsalOfProcess();
  if (rehearsal !== undefined) {
    return rehearsal.end(
      await rehearse(jobGraph, rehearsal, {
        shuffleTurns: false,
        configuration,
        stateBackend,
        clock,
        random,
        fileSystems,
        warn,
      }),
    );
  }
  checkShutdownSettings(configuration, jobGraph.batchExecution);
  await startRestEndpoint(configuration, warn);
  await openMetricReporters(configuration);
  const jobId = jobIdOf(jobGraph, configuration, random);
  const storage = chooseCheckpointStorage(
    {
      ...{ stateBackend, configuration },
      ofProgram: options.checkpointStorage,
      warn: warnOfConfiguration,
    },
    { jobId, fileSystems },
  );
  const facts = jobFacts(jobId, jobGraph, { configuration, stateBackend, storage });
  const statuses = new JobStatusTracker(clock);
  statuses.onChanged = (from, to) =>
    LOGGER.info(`job ${jobGraph.jobName} switched from ${from} to ${to}`, { jobId });
  const exceptions = new ExceptionHistory(
    clock,
    configuration.get(WebOptions.MAX_EXCEPTION_HISTORY_SIZE),
  );
  const submission = { facts, statuses, exceptions, plan: jobPlan(jobId, jobGraph) };
  const submitted = dispatcherOfProcess().submit(submission, configuration);
  try {
    const job = await openAndStartJob(jobGraph, {
      ...{ options, jobIndex, shuffleTurns: options.shuffleTurns ?? false },
      ...{ configuration, stateBackend, clock, random, fileSystems, warn },
      ...{ facts, statuses, exceptions, storage },
    });
    submitted.started(job);
    return job;
  } catch (error) {
    statuses.status = 'FAILED';
    exceptions.failed(error, 'The job could not be started');
    submitted.failed(error);
    throw error;
  }
}

async function openAndStartJob(
  jobGraph: JobGraph,
  services: Omit<JobServices, 'checkpointing' | 'jobResults'>,
): Promise<JobMaster> {
  const { options, configuration, clock, random, fileSystems, facts, storage, warn } = services;
  const { jobId, jobName } = facts;
  const fileSystemOf = (uri: string): FileSystem => fileSystems.getFileSystem(uri);
  const jobResults = await openJobResultStore(configuration, { jobId, jobName, fileSystemOf });
  const checkpointing = await CheckpointingServices.open({
    clock,
    random,
    configuration,
    storage,
    fileSystemOf,
    jobId,
    jobName,
    lockOwner: options.lockOwner ?? thisProcess(),
    hasFinished: () => finishedBefore(jobResults, { jobName, warn }),
    warn,
  });
  try {
    const job = await startJob(jobGraph, { ...services, checkpointing, jobResults });
    endWithProcess(job, configuration, warn);
    job.endListeners.push(nameInUncaughtErrors({ jobName, warn }));
    return job;
  } catch (error) {
    await checkpointing.close();
    throw error;
  }
}

function warnOfUnclaimed(
  jobGraph: JobGraph,
  metadata: CheckpointMetadata,
  warn: (message: string) => void,
): void {
  const dropped = unclaimedOperators(metadata, jobGraph.vertices.flatMap(operatorsOf));
  if (dropped.length > 0) {
    warn(
      `job ${jobGraph.jobName} goes on without the state of operators that it does not have: ` +
        `${dropped.join(', ')} (execution.state-recovery.ignore-unclaimed-state)`,
    );
  }
}

interface JobServices extends TaskExecutorServices {
  readonly options: ExecuteJobOptions;
  readonly jobIndex: number | undefined;
  readonly facts: JobFacts;
  readonly statuses: JobStatusTracker;
  readonly exceptions: ExceptionHistory;
  readonly storage: CheckpointStorage;
  readonly checkpointing: CheckpointingServices;
  readonly jobResults: FileSystemJobResultStore | undefined;
}

async function startJob(jobGraph: JobGraph, services: JobServices): Promise<JobMaster> {
  const {
    options,
    jobIndex,
    facts,
    statuses,
    configuration,
    clock,
    random,
    storage,
    checkpointing,
    jobResults,
    warn,
  } = services;
  const { hasFinished } = checkpointing;
  const takesCheckpoints = checkpointConfiguration(configuration).intervalMs !== undefined;
  if (takesCheckpoints) {
    warnOfUnaligned(jobGraph, configuration, warn);
    await storage.initializeBaseLocations();
  }
  const allowNonRestoredState = configuration.get(
    StateRecoveryOptions.SAVEPOINT_IGNORE_UNCLAIMED_STATE,
  );
  const assign = (metadata: CheckpointMetadata, graph: JobGraph): StateAssignment =>
    assignStates(metadata, graph.vertices.flatMap(operatorsOf), { allowNonRestoredState });
  const snapshot = checkpointing.latestSnapshot();
  if (jobGraph.batchExecution && snapshot !== undefined) {
    refuseSnapshot(snapshot.location.externalPointer);
  }
  if (allowNonRestoredState && snapshot !== undefined && !hasFinished) {
    warnOfUnclaimed(jobGraph, snapshot.location.metadata, warn);
  }
  const adopted =
    snapshot === undefined || hasFinished
      ? jobGraph
      : withRestoredMaxParallelism(jobGraph, assign(snapshot.location.metadata, jobGraph));
  const adaptive = createAdaptiveScheduler(adopted, {
    ...{ configuration, clock, takesCheckpoints, warn },
    slots: options.slots,
    isOnThreads: jobIndex !== undefined,
  });
  try {
    await checkpointing.begin();
    return new JobMaster({
      ...{ facts, statuses, clock, random, adaptive, checkpointing, jobResults, hasFinished },
      ...{ takesCheckpoints, assign, warn, exceptions: services.exceptions },
      jobGraph: adopted,
      deployment: await createDeployment(jobGraph, services),
      restartStrategy: createRestartStrategy(configuration, {
        checkpointingEnabled: takesCheckpoints,
      }),
      executions: new Executions({
        clock,
        attemptsHistorySize: configuration.get(JobManagerOptions.MAX_ATTEMPTS_HISTORY_SIZE),
        jobGraph: adopted,
      }),
      metricRegistry: createMetricRegistry(configuration, {
        ...{ clock, warn },
        taskManagerId: LOCAL_TASK_MANAGER_ID,
      }),
      statusMetrics: configuration.get(MetricOptions.JOB_STATUS_METRICS),
    });
  } catch (error) {
    adaptive?.close(); // Else what follows the slots keeps the process alive.
    throw error;
  }
}

/** @throws ConfigError `UNSUPPORTED` for a graph that takes no unaligned checkpoints */
function warnOfUnaligned(
  jobGraph: JobGraph,
  configuration: Configuration,
  warn: (message: string) => void,
): void {
  if (unalignedWithoutExactlyOnce(configuration)) {
    warn(
      `${CheckpointingOptions.ENABLE_UNALIGNED.key} has no effect: it needs ` +
        `${CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE.key} EXACTLY_ONCE`,
    );
  } else if (configuration.get(CheckpointingOptions.ENABLE_UNALIGNED)) {
    const forced = configuration.get(CheckpointingOptions.FORCE_UNALIGNED);
    for (const warning of checkUnaligned(jobGraph, { forced })) {
      warn(warning);
    }
  }
}

async function createDeployment(jobGraph: JobGraph, services: JobServices): Promise<JobDeployment> {
  const { options, jobIndex, facts, configuration, clock, checkpointing, warn } = services;
  if (jobIndex !== undefined) {
    checkThreadServices(options);
    return new ThreadsDeployment({
      ...{ jobId: facts.jobId, jobGraph, configuration, clock, jobIndex, warn },
      checksSlots: !isAdaptive(configuration),
      program: resolveProgram(options.program),
      earlierJobs: await programRunOf(options.program).before(jobIndex),
      directoryOfSavepoint: (id) => checkpointing.directoryOfSavepoint(id),
    });
  }
  const { deployment: deploymentOf = (parts) => new LocalDeployment(parts) } = options;
  return deploymentOf({
    ...taskExecutorSettings(jobGraph, services),
    taskManagers: () => [localTaskManager(facts.jobId, configuration, clock.now())],
    checkpointStreams: (barrier) => checkpointing.streams(barrier),
  });
}

async function rehearse(
  jobGraph: JobGraph,
  rehearsal: JobRehearsal,
  services: TaskExecutorServices,
): Promise<RehearsalReport> {
  const settings = taskExecutorSettings(jobGraph, services);
  return rehearseJob(jobGraph, rehearsal, {
    configuration: services.configuration,
    fileSystems: services.fileSystems,
    operatorsOf,
    adoptMaxParallelism: withRestoredMaxParallelism,
    deployment: (parts) =>
      new LocalDeployment({
        ...settings,
        ...parts,
        checkpointStreams: () => {
          throw new InvariantError('INVARIANT_VIOLATED', 'a rehearsal takes no checkpoint');
        },
        checkAcknowledgeSize: () => {},
        checkpointing: undefined,
      }),
  });
}

/** Whether an earlier process finished the job. */
async function finishedBefore(
  jobResults: FileSystemJobResultStore | undefined,
  job: { readonly jobName: string; readonly warn: (message: string) => void },
): Promise<boolean> {
  const mark = await jobResults?.finishedMark();
  if (mark !== undefined) {
    job.warn(
      `job ${job.jobName} has finished in an earlier process and is not run again; ` +
        `remove ${mark} to run it anew`,
    );
  }
  return mark !== undefined;
}

/**
 * 32 hexadecimal digits. With high availability the same for each process that runs the job, so
 * that it finds its checkpoints.
 */
function jobIdOf(jobGraph: JobGraph, configuration: Configuration, random: () => number): string {
  const highlyAvailable = configuration.get(HighAvailabilityOptions.HA_MODE) !== 'NONE';
  if (highlyAvailable) {
    const clusterId = configuration.get(HighAvailabilityOptions.HA_CLUSTER_ID);
    return createHash('md5').update(`${clusterId}\n${jobGraph.jobName}`).digest('hex');
  }
  return random === Math.random
    ? randomBytes(16).toString('hex')
    : createHash('md5').update(String(random())).digest('hex');
}

function operatorsOf(vertex: JobVertex) {
  return vertex.operators.map(({ operatorId, userProvidedHash, name }) => ({
    operatorId,
    userProvidedHash,
    name,
    parallelism: vertex.parallelism,
    maxParallelism: vertex.maxParallelism,
    maxParallelismExplicit: vertex.maxParallelismExplicit,
  }));
}

/** A snapshot keeps the max parallelism of its state, unless the program set one. */
function withRestoredMaxParallelism(jobGraph: JobGraph, assignment: StateAssignment): JobGraph {
  const vertices = jobGraph.vertices.map((vertex) => {
    const restored = vertex.operators
      .map(({ operatorId }) => assignment.get(operatorId)?.restoredMaxParallelism)
      .find((maxParallelism) => maxParallelism !== undefined);
    return { ...vertex, maxParallelism: restored ?? vertex.maxParallelism };
  });
  return { ...jobGraph, vertices };
}
