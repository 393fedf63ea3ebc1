/**
 * Settings that are right each, and wrong together: those that a start refuses here or in Flink, and
 * those of which one has no effect.
 *
 * Pure.
 */
import {
  CheckpointingOptions as C,
  type ConfigOption,
  type Configuration,
  CoreOptions,
  DeploymentOptions as D,
  ExecutionOptions as E,
  HeartbeatManagerOptions as H,
  HighAvailabilityOptions as HA,
  PipelineOptions,
  RestartStrategyOptions as R,
  RestOptions,
  RocksDBOptions as Rocks,
  StateRecoveryOptions as S,
  StateBackendOptions,
  TaskManagerOptions as T,
} from '@millrace/core';
import type { Severity } from './config-entry.ts';

export interface ConflictRule {
  readonly severity: Severity;
  /** Told at this setting; only where it is set. */
  readonly at: ConfigOption<unknown>;
  /** What is wrong, behind the key. */
  find(configuration: Configuration): string | undefined;
}

type Option<T> = ConfigOption<T>;

/** The options of any type behind one: only keys are read of them here. */
function rule<T>(
  severity: Severity,
  at: Option<T>,
  holds: (configuration: Configuration) => boolean,
  message: string,
): ConflictRule {
  return {
    severity,
    at: at as unknown as ConfigOption<unknown>,
    find: (configuration) =>
      configuration.contains(at as unknown as ConfigOption<unknown>) && holds(configuration)
        ? message
        : undefined,
  };
}

function isRocksDB(configuration: Configuration): boolean {
  return /rocksdb/i.test(configuration.get(StateBackendOptions.STATE_BACKEND));
}

function isSet<T>(configuration: Configuration, option: Option<T>): boolean {
  return configuration.contains(option as unknown as ConfigOption<unknown>);
}

const takesCheckpoints = (c: Configuration): boolean => isSet(c, C.CHECKPOINTING_INTERVAL);
const isUnaligned = (c: Configuration): boolean => c.get(C.ENABLE_UNALIGNED);

const CHECKPOINTS: readonly ConflictRule[] = [
  rule(
    'warning',
    C.ENABLE_UNALIGNED,
    (c) => isUnaligned(c) && c.get(C.CHECKPOINTING_CONSISTENCY_MODE) === 'AT_LEAST_ONCE',
    `has no effect while ${C.CHECKPOINTING_CONSISTENCY_MODE.key} is AT_LEAST_ONCE, which never blocks for a barrier; set one of them otherwise`,
  ),
  rule(
    'error',
    C.MAX_CONCURRENT_CHECKPOINTS,
    (c) => isUnaligned(c) && c.get(C.MAX_CONCURRENT_CHECKPOINTS) > 1,
    `is more than 1, and unaligned checkpoints go one at a time; set it to 1, or ${C.ENABLE_UNALIGNED.key} to false`,
  ),
  rule(
    'warning',
    C.MAX_CONCURRENT_CHECKPOINTS,
    (c) => c.get(C.MAX_CONCURRENT_CHECKPOINTS) > 1 && c.get(C.MIN_PAUSE_BETWEEN_CHECKPOINTS) > 0,
    `has no effect, as ${C.MIN_PAUSE_BETWEEN_CHECKPOINTS.key} keeps checkpoints apart; remove one`,
  ),
  rule(
    'warning',
    C.ALIGNED_CHECKPOINT_TIMEOUT,
    (c) => !isUnaligned(c),
    `has no effect without ${C.ENABLE_UNALIGNED.key}: true`,
  ),
  rule(
    'warning',
    C.FORCE_UNALIGNED,
    (c) => !isUnaligned(c),
    `has no effect without ${C.ENABLE_UNALIGNED.key}: true`,
  ),
  rule(
    'error',
    C.CHECKPOINT_STORAGE,
    (c) => c.get(C.CHECKPOINT_STORAGE) === 'filesystem' && !isSet(c, C.CHECKPOINTS_DIRECTORY),
    `is filesystem, and ${C.CHECKPOINTS_DIRECTORY.key} is not set; name the directory of the checkpoints`,
  ),
  rule(
    'warning',
    C.CHECKPOINT_STORAGE,
    (c) => c.get(C.CHECKPOINT_STORAGE) === 'jobmanager' && isSet(c, C.CHECKPOINTS_DIRECTORY),
    `is jobmanager, so only metadata goes to ${C.CHECKPOINTS_DIRECTORY.key}; remove it to have state there`,
  ),
  rule(
    'warning',
    C.INCREMENTAL_CHECKPOINTS,
    (c) => c.get(C.INCREMENTAL_CHECKPOINTS) && !isRocksDB(c),
    `has no effect with the state backend hashmap; set ${StateBackendOptions.STATE_BACKEND.key}: rocksdb`,
  ),
  rule(
    'warning',
    C.EXTERNALIZED_CHECKPOINT_RETENTION,
    (c) =>
      c.get(C.EXTERNALIZED_CHECKPOINT_RETENTION) !== 'NO_EXTERNALIZED_CHECKPOINTS' &&
      !isSet(c, C.CHECKPOINTS_DIRECTORY),
    `keeps nothing without ${C.CHECKPOINTS_DIRECTORY.key}`,
  ),
  rule(
    'warning',
    C.MIN_PAUSE_BETWEEN_CHECKPOINTS,
    (c) =>
      takesCheckpoints(c) &&
      c.get(C.MIN_PAUSE_BETWEEN_CHECKPOINTS) > (c.get(C.CHECKPOINTING_INTERVAL) as number),
    `is longer than ${C.CHECKPOINTING_INTERVAL.key}, and counts in its place`,
  ),
  ...[C.CHECKPOINTING_TIMEOUT, C.CHECKPOINTING_CONSISTENCY_MODE, C.ENABLE_UNALIGNED].map((option) =>
    rule(
      'warning',
      option as Option<unknown>,
      (c) => !takesCheckpoints(c),
      `has no effect: without ${C.CHECKPOINTING_INTERVAL.key} no checkpoints are taken unless a program asks for them`,
    ),
  ),
  rule(
    'warning',
    C.LOCAL_BACKUP_ENABLED,
    (c) => c.get(C.LOCAL_BACKUP_ENABLED) && !isRocksDB(c),
    'has no effect with the state backend hashmap, whose state is in memory',
  ),
  rule(
    'warning',
    C.LOCAL_BACKUP_DIRS,
    (c) => !c.get(C.LOCAL_BACKUP_ENABLED),
    `has no effect without ${C.LOCAL_BACKUP_ENABLED.key}: true`,
  ),
  rule(
    'warning',
    S.LOCAL_RECOVERY,
    (c) => c.get(S.LOCAL_RECOVERY) && !c.get(C.LOCAL_BACKUP_ENABLED),
    `has nothing to restore from without ${C.LOCAL_BACKUP_ENABLED.key}: true`,
  ),
];

const STATE: readonly ConflictRule[] = [
  rule(
    'error',
    Rocks.WRITE_BUFFER_RATIO,
    (c) => c.get(Rocks.WRITE_BUFFER_RATIO) + c.get(Rocks.HIGH_PRIORITY_POOL_RATIO) >= 1,
    `and ${Rocks.HIGH_PRIORITY_POOL_RATIO.key} leave nothing for blocks: their sum must be below 1`,
  ),
  rule(
    'warning',
    Rocks.FIX_PER_TM_MEMORY_SIZE,
    (c) => c.get(Rocks.USE_MANAGED_MEMORY) || isSet(c, Rocks.FIX_PER_SLOT_MEMORY_SIZE),
    `has no effect unless ${Rocks.USE_MANAGED_MEMORY.key} is false and ${Rocks.FIX_PER_SLOT_MEMORY_SIZE.key} unset`,
  ),
  ...[Rocks.LOCAL_DIRECTORIES, Rocks.PREDEFINED_OPTIONS, Rocks.TIMER_SERVICE_FACTORY].map(
    (option) =>
      rule(
        'warning',
        option as Option<unknown>,
        (c) => !isRocksDB(c),
        `has no effect: ${StateBackendOptions.STATE_BACKEND.key} is not rocksdb`,
      ),
  ),
  ...[S.RESTORE_MODE, S.SAVEPOINT_IGNORE_UNCLAIMED_STATE].map((option) =>
    rule(
      'info',
      option as Option<unknown>,
      (c) => !isSet(c, S.SAVEPOINT_PATH),
      `counts only with ${S.SAVEPOINT_PATH.key}`,
    ),
  ),
];

const JOBS: readonly ConflictRule[] = [
  ...(
    [
      [R.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 'fixed-delay'],
      [R.RESTART_STRATEGY_FIXED_DELAY_DELAY, 'fixed-delay'],
      [R.RESTART_STRATEGY_FAILURE_RATE_MAX_FAILURES_PER_INTERVAL, 'failure-rate'],
      [R.RESTART_STRATEGY_FAILURE_RATE_DELAY, 'failure-rate'],
    ] as const
  ).map(([option, name]) =>
    rule(
      'warning',
      option as unknown as Option<unknown>,
      (c) => c.get(R.RESTART_STRATEGY) !== name,
      `has no effect without ${R.RESTART_STRATEGY.key}: ${name}`,
    ),
  ),
  rule(
    'error',
    R.RESTART_STRATEGY_EXPONENTIAL_DELAY_INITIAL_BACKOFF,
    (c) =>
      c.get(R.RESTART_STRATEGY_EXPONENTIAL_DELAY_INITIAL_BACKOFF) >
      c.get(R.RESTART_STRATEGY_EXPONENTIAL_DELAY_MAX_BACKOFF),
    `is longer than ${R.RESTART_STRATEGY_EXPONENTIAL_DELAY_MAX_BACKOFF.key}`,
  ),
  rule(
    'error',
    HA.HA_MODE,
    (c) => c.get(HA.HA_MODE) !== 'NONE' && !isSet(c, HA.HA_STORAGE_PATH),
    `needs ${HA.HA_STORAGE_PATH.key}, where the last checkpoint is noted`,
  ),
  rule(
    'warning',
    HA.HA_STORAGE_PATH,
    (c) => c.get(HA.HA_MODE) === 'NONE',
    `has no effect while ${HA.HA_MODE.key} is NONE; set it to filesystem`,
  ),
  rule(
    'error',
    H.HEARTBEAT_TIMEOUT,
    (c) => c.get(H.HEARTBEAT_TIMEOUT) <= c.get(H.HEARTBEAT_INTERVAL),
    `must be longer than ${H.HEARTBEAT_INTERVAL.key}, or each worker is lost before it is asked`,
  ),
  rule(
    'error',
    CoreOptions.DEFAULT_PARALLELISM,
    (c) => {
      const max = c.get(PipelineOptions.MAX_PARALLELISM);
      return max > 0 && c.get(CoreOptions.DEFAULT_PARALLELISM) > max;
    },
    `is larger than ${PipelineOptions.MAX_PARALLELISM.key}`,
  ),
  rule(
    'error',
    T.NUM_TASK_SLOTS,
    (c) =>
      c.get(E.TARGET) === 'threads' &&
      isSet(c, CoreOptions.DEFAULT_PARALLELISM) &&
      c.get(CoreOptions.DEFAULT_PARALLELISM) > (c.get(T.NUM_TASK_SLOTS) as number),
    `is less than ${CoreOptions.DEFAULT_PARALLELISM.key}: a job needs a slot for each parallel subtask`,
  ),
  rule(
    'error',
    E.RUNTIME_MODE,
    (c) => c.get(E.RUNTIME_MODE) === 'BATCH' && isSet(c, S.SAVEPOINT_PATH),
    `is BATCH, which starts from no snapshot; remove ${S.SAVEPOINT_PATH.key}, or set it to STREAMING`,
  ),
  rule(
    'warning',
    C.CHECKPOINTING_INTERVAL,
    (c) => c.get(E.RUNTIME_MODE) === 'BATCH',
    `has no effect in a batch, which takes no checkpoints`,
  ),
  rule(
    'error',
    D.SHUTDOWN_WITH_SAVEPOINT,
    (c) => c.get(D.SHUTDOWN_WITH_SAVEPOINT) && !c.get(D.SHUTDOWN_IF_ATTACHED),
    `says how a signal ends the job, and none does; set ${D.SHUTDOWN_IF_ATTACHED.key}: true`,
  ),
  rule(
    'error',
    D.SHUTDOWN_WITH_SAVEPOINT,
    (c) => c.get(D.SHUTDOWN_WITH_SAVEPOINT) && !isSet(c, C.SAVEPOINT_DIRECTORY),
    `needs a directory; set ${C.SAVEPOINT_DIRECTORY.key}`,
  ),
  rule(
    'error',
    D.SHUTDOWN_ON_APPLICATION_FINISH,
    (c) =>
      !c.get(D.SHUTDOWN_ON_APPLICATION_FINISH) &&
      !isSet(c, RestOptions.PORT) &&
      !isSet(c, RestOptions.BIND_PORT),
    `is false, and nothing would be there to reach the process; set ${RestOptions.PORT.key}`,
  ),
  rule(
    'warning',
    RestOptions.BIND_ADDRESS,
    (c) =>
      !/^(127\.|localhost$|::1$)/.test(c.get(RestOptions.BIND_ADDRESS)) &&
      !isSet(c, RestOptions.AUTH_TOKEN),
    `lets others than this machine steer the jobs; set ${RestOptions.AUTH_TOKEN.key}`,
  ),
];

export const CONFLICT_RULES: readonly ConflictRule[] = [...CHECKPOINTS, ...STATE, ...JOBS];
