/** Keys of Flink 1.20 about jobs, state, checkpoints and metrics that have no option in core. A line: key, type, `deprecated`, and older spellings behind `<`. */
export const FLINK_JOB_KEYS: string = `
cleanup-strategy.exponential-delay.attempts int
cleanup-strategy.exponential-delay.initial-backoff duration
cleanup-strategy.exponential-delay.max-backoff duration
cleanup-strategy.fixed-delay.attempts int
cleanup-strategy.fixed-delay.delay duration
cleanup-strategy.type string
execution.async-state.buffer-size int
execution.async-state.buffer-timeout long
execution.async-state.in-flight-records-limit int
execution.attached bool
execution.batch-shuffle-mode string
execution.batch.adaptive.auto-parallelism.avg-data-volume-per-task memory < jobmanager.adaptive-batch-scheduler.avg-data-volume-per-task
execution.batch.adaptive.auto-parallelism.default-source-parallelism int < jobmanager.adaptive-batch-scheduler.default-source-parallelism
execution.batch.adaptive.auto-parallelism.enabled bool
execution.batch.adaptive.auto-parallelism.max-parallelism int < jobmanager.adaptive-batch-scheduler.max-parallelism
execution.batch.adaptive.auto-parallelism.min-parallelism int < jobmanager.adaptive-batch-scheduler.min-parallelism
execution.batch.job-recovery.enabled bool
execution.batch.job-recovery.previous-worker.recovery.timeout duration
execution.batch.job-recovery.snapshot.min-pause duration
execution.batch.speculative.block-slow-node-duration duration < jobmanager.adaptive-batch-scheduler.speculative.block-slow-node-duration
execution.batch.speculative.enabled bool < jobmanager.adaptive-batch-scheduler.speculative.enabled
execution.batch.speculative.max-concurrent-executions int < jobmanager.adaptive-batch-scheduler.speculative.max-concurrent-executions
execution.checkpointing.approximate-local-recovery bool deprecated
execution.checkpointing.cleaner.parallel-mode bool < state.checkpoint.cleaner.parallel-mode
execution.checkpointing.file-merging.across-checkpoint-boundary bool
execution.checkpointing.file-merging.enabled bool
execution.checkpointing.file-merging.max-file-size memory
execution.checkpointing.file-merging.max-space-amplification double
execution.checkpointing.file-merging.max-subtasks-per-file int
execution.checkpointing.file-merging.pool-blocking bool
execution.checkpointing.force bool deprecated
execution.checkpointing.interval-during-backlog duration
execution.checkpointing.recover-without-channel-state.checkpoint-id long deprecated
execution.job-listeners list
execution.program-config.enabled bool < execution.allow-client-job-configurations
execution.program-config.wildcards list
execution.sort-keyed-partition.memory memory
execution.sort-partition.memory memory
execution.sorted-inputs.memory memory
execution.state-recovery.approximate-local-recovery bool < execution.checkpointing.approximate-local-recovery
execution.state-recovery.without-channel-state.checkpoint-id long < execution.checkpointing.recover-without-channel-state.checkpoint-id
execution.submit-failed-job-on-application-error bool
metrics.internal.query-service.port string
metrics.internal.query-service.thread-priority int
metrics.job.status.enable list
metrics.reporter.<name>.factory.class string
metrics.reporter.<name>.filter.excludes list
metrics.reporter.<name>.filter.includes list
metrics.reporter.<name>.interval duration
metrics.reporter.<name>.port string
metrics.reporter.<name>.scope.delimiter string
metrics.reporter.<name>.scope.variables.additional map
metrics.reporter.<name>.scope.variables.excludes string
metrics.system-resource bool
metrics.system-resource-probing-interval duration
pipeline.auto-type-registration bool deprecated
pipeline.cached-files list
pipeline.classpaths list
pipeline.closure-cleaner-level string
pipeline.default-kryo-serializers list deprecated
pipeline.force-avro bool
pipeline.force-kryo bool
pipeline.force-kryo-avro bool
pipeline.generic-types bool
pipeline.jars list
pipeline.jobvertex-parallelism-overrides map
pipeline.registered-kryo-types list deprecated
pipeline.registered-pojo-types list deprecated
pipeline.serialization-config list
pipeline.time-characteristic string deprecated
pipeline.vertex-description-mode string
pipeline.vertex-name-include-index-prefix bool
queryable-state.client.network-threads int < query.client.network-threads
queryable-state.enable bool
queryable-state.proxy.network-threads int < query.proxy.network-threads
queryable-state.proxy.ports string < query.proxy.ports
queryable-state.proxy.query-threads int < query.proxy.query-threads
queryable-state.server.network-threads int < query.server.network-threads
queryable-state.server.ports string < query.server.ports
queryable-state.server.query-threads int < query.server.query-threads
state.backend.rocksdb.metrics.actual-delayed-write-rate bool
state.backend.rocksdb.metrics.background-errors bool
state.backend.rocksdb.metrics.block-cache-capacity bool
state.backend.rocksdb.metrics.block-cache-hit bool
state.backend.rocksdb.metrics.block-cache-miss bool
state.backend.rocksdb.metrics.block-cache-pinned-usage bool
state.backend.rocksdb.metrics.block-cache-usage bool
state.backend.rocksdb.metrics.bloom-filter-full-positive bool
state.backend.rocksdb.metrics.bloom-filter-full-true-positive bool
state.backend.rocksdb.metrics.bloom-filter-useful bool
state.backend.rocksdb.metrics.bytes-read bool
state.backend.rocksdb.metrics.bytes-written bool
state.backend.rocksdb.metrics.compaction-pending bool
state.backend.rocksdb.metrics.compaction-read-bytes bool
state.backend.rocksdb.metrics.compaction-write-bytes bool
state.backend.rocksdb.metrics.cur-size-active-mem-table bool
state.backend.rocksdb.metrics.cur-size-all-mem-tables bool
state.backend.rocksdb.metrics.estimate-live-data-size bool
state.backend.rocksdb.metrics.estimate-num-keys bool
state.backend.rocksdb.metrics.estimate-pending-compaction-bytes bool
state.backend.rocksdb.metrics.estimate-table-readers-mem bool
state.backend.rocksdb.metrics.is-write-stopped bool
state.backend.rocksdb.metrics.iter-bytes-read bool
state.backend.rocksdb.metrics.live-sst-files-size bool
state.backend.rocksdb.metrics.mem-table-flush-pending bool
state.backend.rocksdb.metrics.num-deletes-active-mem-table bool
state.backend.rocksdb.metrics.num-deletes-imm-mem-tables bool
state.backend.rocksdb.metrics.num-entries-active-mem-table bool
state.backend.rocksdb.metrics.num-entries-imm-mem-tables bool
state.backend.rocksdb.metrics.num-files-at-level bool
state.backend.rocksdb.metrics.num-immutable-mem-table bool
state.backend.rocksdb.metrics.num-live-versions bool
state.backend.rocksdb.metrics.num-running-compactions bool
state.backend.rocksdb.metrics.num-running-flushes bool
state.backend.rocksdb.metrics.num-snapshots bool
state.backend.rocksdb.metrics.size-all-mem-tables bool
state.backend.rocksdb.metrics.stall-micros bool
state.backend.rocksdb.metrics.total-sst-files-size bool
state.changelog.dstl.dfs.base-path string < dstl.dfs.base-path
state.changelog.dstl.dfs.batch.persist-delay duration < dstl.dfs.batch.persist-delay
state.changelog.dstl.dfs.batch.persist-size-threshold memory < dstl.dfs.batch.persist-size-threshold
state.changelog.dstl.dfs.compression.enabled bool < dstl.dfs.compression.enabled
state.changelog.dstl.dfs.discard.num-threads int < dstl.dfs.discard.num-threads
state.changelog.dstl.dfs.download.local-cache.idle-timeout-ms duration < dstl.dfs.download.local-cache.idle-timeout-ms
state.changelog.dstl.dfs.preemptive-persist-threshold memory < dstl.dfs.preemptive-persist-threshold
state.changelog.dstl.dfs.upload.buffer-size memory < dstl.dfs.upload.buffer-size
state.changelog.dstl.dfs.upload.max-attempts int < dstl.dfs.upload.max-attempts
state.changelog.dstl.dfs.upload.max-in-flight memory < dstl.dfs.upload.max-in-flight
state.changelog.dstl.dfs.upload.next-attempt-delay duration < dstl.dfs.upload.next-attempt-delay
state.changelog.dstl.dfs.upload.num-threads int < dstl.dfs.upload.num-threads
state.changelog.dstl.dfs.upload.retry-policy string < dstl.dfs.upload.retry-policy
state.changelog.dstl.dfs.upload.timeout duration < dstl.dfs.upload.timeout
state.changelog.enabled bool < state.backend.changelog.enabled
state.changelog.max-failures-allowed int < state.backend.changelog.max-failures-allowed
state.changelog.periodic-materialize.enabled bool < state.backend.changelog.periodic-materialize.enabled
state.changelog.periodic-materialize.interval duration < state.backend.changelog.periodic-materialize.interval
state.changelog.storage string < state.backend.changelog.storage
task.cancellation.interval duration < task.cancellation-interval
task.cancellation.timers.timeout duration < timerservice.exceptional.shutdown.timeout
traces.report-events-as-spans bool deprecated
traces.reporters string
`;
