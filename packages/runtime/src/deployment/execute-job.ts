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
  checkUnknownKeys,
  type FileSystem,
  FileSystems,
  HighAvailabilityOptions,
  InvariantError,
  PipelineOptions,
  RpcOptions,
  StateRecoveryOptions,
  SystemClock,
  TaskManagerOptions,
} from '@millrace/core';
import {
  assignStates,
  type CheckpointMetadata,
  type CheckpointStorage,
  checkAcknowledgeSize,
  createStateHandleOpener,
  type StateAssignment,
  type StateBackend,
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
import type { JobClient } from '../gateway/job-client.ts';
import type { JobGraph, JobVertex } from '../graph/job-graph.ts';
import { checkUnaligned } from '../graph/unaligned-edges.ts';
import { CheckpointingServices } from '../jobmanager/checkpointing-services.ts';
import { createRestartStrategy } from '../jobmanager/failover/create-restart-strategy.ts';
import {
  type FileSystemJobResultStore,
  openJobResultStore,
} from '../jobmanager/file-system-job-result-store.ts';
import type { JobDeployment } from '../jobmanager/job-deployment.ts';
import { JobMaster } from '../jobmanager/job-master.ts';
import { createMetricRegistry, latencyTracking } from '../tasks/create-metric-registry.ts';
import { batchExecution, batchSettings, refuseSnapshot } from './batch-execution.ts';
import { checkShutdownSettings, endWithProcess } from './end-with-process.ts';
import { LocalDeployment, type LocalDeploymentOptions } from './local/local-deployment.ts';
import {
  type JobRehearsal,
  type RehearsalReport,
  rehearsalOfProcess,
} from './rehearsal/job-rehearsal.ts';
import { rehearseJob } from './rehearsal/rehearse-job.ts';
import { stateBackendMemoryOfSlot } from './slot-memory.ts';

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
  /** Where the slots are; one on this thread unless given. */
  readonly deployment?: (options: LocalDeploymentOptions) => JobDeployment;
  /** Under whose name the job is locked, with high availability; this process unless given. */
  readonly lockOwner?: LockOwner;
  /** Where warnings go; the standard error stream unless given. */
  readonly warn?: (message: string) => void;
}

/** A slice of a snapshot holds the thread no longer than this. */
const SNAPSHOT_SLICE_MS = 4;

/**
 * Resolves once the job is set up; `result` tells how it ended.
 *
 * @throws ConfigError, CheckpointError for settings or a snapshot that the job cannot start with
 */
export async function executeJob(
  jobGraph: JobGraph,
  options: ExecuteJobOptions,
): Promise<JobClient> {
  const configuration = jobGraph.batchExecution
    ? batchSettings(options.configuration)
    : options.configuration;
  const warn = options.warn ?? ((message) => process.stderr.write(`millrace: ${message}\n`));
  checkKnownValues(configuration);
  for (const message of checkUnknownKeys(configuration)) {
    warn(message);
  }
  const clock = options.clock ?? new SystemClock();
  const random = options.random ?? Math.random;
  const stateBackend = await loadStateBackend(configuration, options.stateBackend);
  const fileSystems = options.fileSystems ?? new FileSystems();
  const rehearsal = rehearsalOfProcess();
  if (rehearsal !== undefined) {
    return rehearsal.end(
      await rehearse(jobGraph, rehearsal, {
        options,
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
  const jobId = jobIdOf(jobGraph, configuration, random);
  const storage = chooseCheckpointStorage(
    { stateBackend, ofProgram: options.checkpointStorage, configuration, warn },
    { jobId, fileSystems },
  );
  const { jobName } = jobGraph;
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
    const basics = { options, configuration, stateBackend, clock, random, fileSystems, warn };
    const services = { ...basics, storage, checkpointing, jobResults };
    const job = await startJob(jobGraph, jobId, services);
    endWithProcess(job, configuration, warn);
    return job;
  } catch (error) {
    await checkpointing.close();
    throw error;
  }
}

interface BasicServices {
  readonly options: ExecuteJobOptions;
  readonly configuration: Configuration;
  readonly stateBackend: StateBackend;
  readonly clock: Clock;
  readonly random: () => number;
  readonly fileSystems: FileSystems;
  readonly warn: (message: string) => void;
}

interface JobServices extends BasicServices {
  readonly storage: CheckpointStorage;
  readonly checkpointing: CheckpointingServices;
  readonly jobResults: FileSystemJobResultStore | undefined;
}

async function startJob(
  jobGraph: JobGraph,
  jobId: string,
  services: JobServices,
): Promise<JobMaster> {
  const { configuration, clock, random, fileSystems, storage, checkpointing, jobResults, warn } =
    services;
  const { hasFinished } = checkpointing;
  const { intervalMs, mode, checkpointsAfterTasksFinish } = checkpointConfiguration(configuration);
  const takesCheckpoints = intervalMs !== undefined;
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
  const adopted =
    snapshot === undefined || hasFinished
      ? jobGraph
      : withRestoredMaxParallelism(jobGraph, assign(snapshot.location.metadata, jobGraph));
  await checkpointing.begin();
  const frameSizeBytes = configuration.get(RpcOptions.FRAMESIZE);
  const { deployment: deploymentOf = (parts) => new LocalDeployment(parts) } = services.options;
  const deployment = deploymentOf({
    ...deploymentSettings(jobGraph, services),
    openStateHandle: createStateHandleOpener({
      getFileSystem: (path) => fileSystems.getFileSystem(path),
    }),
    checkpointStreams: (barrier) => checkpointing.streams(barrier),
    checkAcknowledgeSize: (states) => checkAcknowledgeSize(states, frameSizeBytes),
    checkpointing: takesCheckpoints
      ? { mode, afterTasksFinish: checkpointsAfterTasksFinish }
      : undefined,
  });
  return new JobMaster({
    jobId,
    jobGraph: adopted,
    clock,
    random,
    deployment,
    checkpointing,
    restartStrategy: createRestartStrategy(configuration, {
      checkpointingEnabled: takesCheckpoints,
    }),
    jobResults,
    hasFinished,
    takesCheckpoints,
    assign,
    warn,
  });
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

/** What a deployment has whether the job runs or is rehearsed. */
function deploymentSettings(jobGraph: JobGraph, services: BasicServices) {
  const { options, configuration, clock, random, warn } = services;
  return {
    clock,
    random,
    warn,
    shuffleTurns: options.shuffleTurns ?? false,
    stateBackend: services.stateBackend,
    stateBackendMemoryOfSlot: (graph: JobGraph) => stateBackendMemoryOfSlot(graph, configuration),
    batchExecution: jobGraph.batchExecution ? batchExecution(jobGraph, configuration) : undefined,
    autoWatermarkIntervalMs: configuration.get(PipelineOptions.AUTO_WATERMARK_INTERVAL),
    execution: {
      objectReuseEnabled: configuration.get(PipelineOptions.OBJECT_REUSE),
      globalJobParameters: configuration.get(PipelineOptions.GLOBAL_JOB_PARAMETERS),
    },
    cancellationTimeoutMs: configuration.get(TaskManagerOptions.TASK_CANCELLATION_TIMEOUT),
    snapshotSliceMs: SNAPSHOT_SLICE_MS,
    latencyTracking: latencyTracking(configuration),
    metricRegistry: createMetricRegistry(configuration, { clock, taskManagerId: 'local', warn }),
  };
}

async function rehearse(
  jobGraph: JobGraph,
  rehearsal: JobRehearsal,
  services: BasicServices,
): Promise<RehearsalReport> {
  const settings = deploymentSettings(jobGraph, services);
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
  const highlyAvailable =
    configuration.get(HighAvailabilityOptions.HA_MODE).toLowerCase() !== 'none';
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
