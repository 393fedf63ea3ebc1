/** Words and contracts of Millrace. Rooms: see ARCHITECTURE.md. */

export * from './accumulators/accumulator.ts';
export * from './accumulators/accumulator-registry.ts';
export * from './accumulators/average-accumulator.ts';
export * from './accumulators/folding-accumulators.ts';
export * from './accumulators/histogram.ts';
export * from './accumulators/list-accumulator.ts';
export * from './accumulators/stringified-accumulators.ts';
export * from './config/all-config-options.ts';
export * from './config/check-configuration.ts';
export * as CheckpointingOptions from './config/checkpointing-options.ts';
export * as ClusterOptions from './config/cluster-options.ts';
export * from './config/config-option.ts';
export * from './config/configuration.ts';
export * as CoreOptions from './config/core-options.ts';
export * as DeploymentOptions from './config/deployment-options.ts';
export * as ExecutionOptions from './config/execution-options.ts';
export * as HeartbeatManagerOptions from './config/heartbeat-manager-options.ts';
export * as HighAvailabilityOptions from './config/high-availability-options.ts';
export * as JobManagerOptions from './config/job-manager-options.ts';
export * as JobResultStoreOptions from './config/job-result-store-options.ts';
export * from './config/local-directories.ts';
export * as LogOptions from './config/log-options.ts';
export * from './config/managed-memory.ts';
export * from './config/memory-size.ts';
export * as MetricOptions from './config/metric-options.ts';
export * from './config/nearest-text.ts';
export * as NettyShuffleEnvironmentOptions from './config/netty-shuffle-environment-options.ts';
export * from './config/option-builders.ts';
export * from './config/parameter-tool.ts';
export * as PipelineOptions from './config/pipeline-options.ts';
export * as RestOptions from './config/rest-options.ts';
export * as RestartStrategyOptions from './config/restart-strategy-options.ts';
export type { RestoreMode } from './config/restore-mode.ts';
export * as RocksDBConfigurableOptions from './config/rocksdb-configurable-options.ts';
export * as RocksDBManualCompactionOptions from './config/rocksdb-manual-compaction-options.ts';
export * as RocksDBNativeMetricOptions from './config/rocksdb-native-metric-options.ts';
export * as RocksDBOptions from './config/rocksdb-options.ts';
export * as RpcOptions from './config/rpc-options.ts';
export * from './config/savepoint-restore-settings.ts';
export * as SecurityOptions from './config/security-options.ts';
export * from './config/sensitive-keys.ts';
export * as SinkOptions from './config/sink-options.ts';
export * as StateBackendOptions from './config/state-backend-options.ts';
export * as StateLatencyTrackOptions from './config/state-latency-track-options.ts';
export * as StateRecoveryOptions from './config/state-recovery-options.ts';
export * as TaskManagerOptions from './config/task-manager-options.ts';
export * as WebOptions from './config/web-options.ts';
export * from './connector/lib/collect-sink.ts';
export * from './connector/lib/collection-source.ts';
export * from './connector/lib/data-generator-source.ts';
export * from './connector/lib/discarding-sink.ts';
export * from './connector/lib/number-sequence-source.ts';
export * from './connector/lib/number-sequence-split.ts';
export * from './connector/lib/print-sink.ts';
export * from './connector/lib/rate-limited-source.ts';
export * from './connector/lib/rate-limiter.ts';
export type { CollectWriterState } from './connector/lib/remote-collect-writer.ts';
export * from './connector/lib/result-type-queryable.ts';
export * from './connector/lib/socket-text-source.ts';
export * from './connector/lib/split-queue-enumerator.ts';
export * from './connector/sink.ts';
export * from './connector/source.ts';
export * from './errors/check-argument.ts';
export * from './errors/encode-error.ts';
export * from './errors/error-codes.ts';
export * from './errors/errors.ts';
export { placeOfCall } from './errors/program-place.ts';
export { thrownText } from './errors/thrown-text.ts';
export * from './filesystem/ended-threads.ts';
export * from './filesystem/file-path.ts';
export * from './filesystem/file-system.ts';
export * from './filesystem/file-systems.ts';
export * from './filesystem/local-file-system.ts';
export * from './functions/async-function.ts';
export * from './functions/async-retry-strategy.ts';
export * from './functions/broadcast-process-function.ts';
export * from './functions/checkpointed-function.ts';
export * from './functions/co-functions.ts';
export * from './functions/functions.ts';
export * from './functions/join-functions.ts';
export * from './functions/output-tag.ts';
export * from './functions/per-subtask.ts';
export * from './functions/process-function.ts';
export * from './functions/process-window-function.ts';
export * from './functions/rich-function.ts';
export * from './functions/runtime-context.ts';
export * from './functions/window-function.ts';
export * from './key-groups/key-group-range.ts';
export * from './logging/log-record.ts';
export * from './logging/logger.ts';
export {
  type LogLevels,
  type LogSink,
  processLog,
  severity,
  writeToStandardError,
} from './logging/process-log.ts';
export * from './metrics/descriptive-statistics-histogram.ts';
export * from './metrics/generic-metric-group.ts';
export * from './metrics/meter-view.ts';
export * from './metrics/metric-dump.ts';
export * from './metrics/metric-registry.ts';
// An accumulator has the name Histogram already.
export {
  type Counter,
  type Gauge,
  type GaugeValue,
  type Histogram as MetricHistogram,
  type HistogramStatistics,
  type Meter,
  type MetricGroup,
  UPDATE_INTERVAL_MS,
  type View,
} from './metrics/metrics.ts';
export * from './metrics/scope-format.ts';
export * from './metrics/simple-counter.ts';
export * from './serialization/big-decimal.ts';
export * from './serialization/big-number-serializers.ts';
export * from './serialization/buffer-entry-serializer.ts';
export * from './serialization/composite-type-serializer-snapshot.ts';
export * from './serialization/data-input-view.ts';
export * from './serialization/data-output-view.ts';
export * from './serialization/date-serializers.ts';
export * from './serialization/either-serializer.ts';
export {
  type ElementReader,
  type ElementWriter,
  elementReader,
  elementWriter,
} from './serialization/element-code.ts';
export * from './serialization/enum-serializer.ts';
export * from './serialization/floating-point-serializers.ts';
export * from './serialization/generic-array-serializer.ts';
export * from './serialization/generic-serializer.ts';
export { describePath } from './serialization/incompatibility.ts';
export * from './serialization/java-hash.ts';
export * from './serialization/java-time.ts';
export * from './serialization/java-time-serializers.ts';
export * from './serialization/key-identity.ts';
export * from './serialization/list-serializer.ts';
export * from './serialization/map-serializer.ts';
export { describeValue } from './serialization/not-of-type.ts';
export * from './serialization/nullable-serializer.ts';
export * from './serialization/opaque-serializer-snapshot.ts';
export * from './serialization/pojo-description.ts';
export * from './serialization/pojo-serializer.ts';
export * from './serialization/pojo-serializer-snapshot.ts';
export * from './serialization/pojo-type-information.ts';
export * from './serialization/primitive-array-serializers.ts';
export * from './serialization/record-copier.ts';
export * from './serialization/row.ts';
export * from './serialization/row-serializer.ts';
export * from './serialization/serializer-snapshot-registry.ts';
export * from './serialization/simple-type-serializer.ts';
export * from './serialization/simple-versioned-serializer.ts';
export {
  type StreamElement,
  StreamElementSerializer,
  type StreamElementSink,
} from './serialization/stream-element-serializer.ts';
export { readFlinkString, writeFlinkString } from './serialization/string-encoding.ts';
export * from './serialization/string-serializers.ts';
export * from './serialization/timer-serializer.ts';
export * from './serialization/ttl-value-serializer.ts';
export * from './serialization/tuple-serializer.ts';
export * from './serialization/type-description.ts';
export * from './serialization/type-information.ts';
export * from './serialization/type-serializer.ts';
export * from './serialization/types.ts';
export * from './serialization/undeclared-parts.ts';
export * from './serialization/union-serializer.ts';
export { converter, valueConversion } from './serialization/value-conversion.ts';
export * from './serialization/void-serializers.ts';
export * from './serialization/whole-number-serializers.ts';
export * from './serialization/window-serializers.ts';
export * from './state/state.ts';
export * from './state/state-descriptor.ts';
export * from './state/state-of.ts';
export * from './state/state-store.ts';
export * from './state/state-ttl-config.ts';
export * from './time/clock.ts';
export * from './time/duration.ts';
export * from './time/pausable-relative-clock.ts';
export * from './time/timestamp-assigner.ts';
export * from './time/timestamps.ts';
export * from './time/watermark-alignment-params.ts';
export * from './time/watermark-generator.ts';
export * from './time/watermark-generators.ts';
export * from './time/watermark-strategy.ts';
export * from './time/watermarks-with-idleness.ts';
export * from './windowing/continuous-event-time-trigger.ts';
export * from './windowing/continuous-processing-time-trigger.ts';
export * from './windowing/count-trigger.ts';
export * from './windowing/delta-function.ts';
export * from './windowing/delta-trigger.ts';
export * from './windowing/event-time-trigger.ts';
export * from './windowing/evictor.ts';
export * from './windowing/evictors.ts';
export * from './windowing/global-windows.ts';
export * from './windowing/processing-time-trigger.ts';
export * from './windowing/processing-timeout-trigger.ts';
export * from './windowing/purging-trigger.ts';
export * from './windowing/session-windows.ts';
export * from './windowing/sliding-windows.ts';
export * from './windowing/trigger.ts';
export * from './windowing/tumbling-windows.ts';
export * from './windowing/window-assigner.ts';
export * from './windowing/window-stagger.ts';
export * from './windowing/window-start.ts';
export * from './windowing/windows.ts';
