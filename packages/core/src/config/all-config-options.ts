/** Every option, in the order of the reference page. A key not here is not known. */
import * as CheckpointingOptions from './checkpointing-options.ts';
import * as ClusterOptions from './cluster-options.ts';
import type { ConfigOption } from './config-option.ts';
import * as CoreOptions from './core-options.ts';
import * as DeploymentOptions from './deployment-options.ts';
import * as ExecutionOptions from './execution-options.ts';
import * as HeartbeatManagerOptions from './heartbeat-manager-options.ts';
import * as HighAvailabilityOptions from './high-availability-options.ts';
import * as JobManagerOptions from './job-manager-options.ts';
import * as JobResultStoreOptions from './job-result-store-options.ts';
import * as LogOptions from './log-options.ts';
import * as MetricOptions from './metric-options.ts';
import * as NettyShuffleEnvironmentOptions from './netty-shuffle-environment-options.ts';
import * as PipelineOptions from './pipeline-options.ts';
import * as RestOptions from './rest-options.ts';
import * as RestartStrategyOptions from './restart-strategy-options.ts';
import * as RocksDBConfigurableOptions from './rocksdb-configurable-options.ts';
import * as RocksDBManualCompactionOptions from './rocksdb-manual-compaction-options.ts';
import * as RocksDBNativeMetricOptions from './rocksdb-native-metric-options.ts';
import * as RocksDBOptions from './rocksdb-options.ts';
import * as RpcOptions from './rpc-options.ts';
import * as SecurityOptions from './security-options.ts';
import * as SinkOptions from './sink-options.ts';
import * as StateBackendOptions from './state-backend-options.ts';
import * as StateLatencyTrackOptions from './state-latency-track-options.ts';
import * as StateRecoveryOptions from './state-recovery-options.ts';
import * as TaskManagerOptions from './task-manager-options.ts';
import * as WebOptions from './web-options.ts';

export interface ConfigOptionGroup {
  /** Flink's name of the group. */
  readonly name: string;
  readonly options: readonly ConfigOption<unknown>[];
}

const GROUPS: readonly ConfigOptionGroup[] = Object.entries({
  ClusterOptions,
  CoreOptions,
  PipelineOptions,
  ExecutionOptions,
  DeploymentOptions,
  StateBackendOptions,
  StateLatencyTrackOptions,
  RocksDBOptions,
  RocksDBConfigurableOptions,
  RocksDBManualCompactionOptions,
  RocksDBNativeMetricOptions,
  CheckpointingOptions,
  StateRecoveryOptions,
  RestartStrategyOptions,
  JobManagerOptions,
  HighAvailabilityOptions,
  JobResultStoreOptions,
  HeartbeatManagerOptions,
  RpcOptions,
  SinkOptions,
  MetricOptions,
  LogOptions,
  TaskManagerOptions,
  NettyShuffleEnvironmentOptions,
  RestOptions,
  WebOptions,
  SecurityOptions,
}).map(([name, constants]) => ({
  name,
  // Only parse and format take a value, and only one that came from the same option.
  options: Object.values(constants) as unknown as ConfigOption<unknown>[],
}));

export function configOptionGroups(): readonly ConfigOptionGroup[] {
  return GROUPS;
}

export function allConfigOptions(): readonly ConfigOption<unknown>[] {
  return GROUPS.flatMap((group) => group.options);
}
