/** Keys of Flink 1.20 about processes, memory, networks and security that have no option in core. A line: key, type, `deprecated`, and older spellings behind `<`. */
export const FLINK_CLUSTER_KEYS: string = `
akka.client.timeout string deprecated
akka.watch.heartbeat.interval string deprecated
akka.watch.heartbeat.pause string deprecated
akka.watch.threshold int deprecated
blob.client.connect.timeout int
blob.client.socket.timeout int
blob.fetch.backlog int
blob.fetch.num-concurrent int
blob.fetch.retries int
blob.offload.minsize int
blob.server.port string
blob.service.cleanup.interval long < library-cache-manager.cleanup.interval
blob.service.ssl.enabled bool
blob.storage.directory string
classloader.check-leaked-classloader bool
classloader.fail-on-metaspace-oom-error bool
classloader.parent-first-patterns.additional list
classloader.parent-first-patterns.default list < classloader.parent-first-patterns
classloader.resolve-order string
client.heartbeat.interval duration
client.heartbeat.timeout duration
client.retry-period duration
client.timeout duration < akka.client.timeout
cluster.evenly-spread-out-slots bool deprecated
cluster.intercept-user-system-exit string
cluster.io-pool.size int
cluster.processes.halt-on-fatal-error bool
cluster.registration.error-delay duration
cluster.registration.initial-timeout duration
cluster.registration.max-timeout duration
cluster.registration.refused-registration-delay duration
cluster.thread-dump.stacktrace-max-depth int
cluster.uncaught-exception-handling string
env.hadoop.conf.dir string
env.hbase.conf.dir string
env.java.default-opts.all string
env.java.default-opts.jobmanager string
env.java.default-opts.taskmanager string
env.java.opts.all string < env.java.opts
env.java.opts.client string
env.java.opts.historyserver string
env.java.opts.jobmanager string
env.java.opts.sql-gateway string
env.java.opts.taskmanager string
env.log.dir string
env.log.level string
env.log.max int
env.pid.dir string
env.ssh.opts string
env.stdout-err.redirect-to-file bool
env.yarn.conf.dir string
external-resource.<resource_name>.amount long
external-resource.<resource_name>.driver-factory.class string
external-resource.<resource_name>.param.<param> string
factory.class string
fine-grained.shuffle-mode.all-blocking bool deprecated
fs.<scheme>.limit.stream-timeout long
fs.<scheme>.limit.timeout long
fs.allowed-fallback-filesystems string
fs.default-scheme string
fs.output.always-create-directory bool
fs.overwrite-files bool
heartbeat.rpc-failure-threshold int
high-availability.job.delay string deprecated < recovery.job.delay
high-availability.jobmanager.port string < recovery.jobmanager.port
high-availability.zookeeper.client.acl string
high-availability.zookeeper.client.authorization map
high-availability.zookeeper.client.connection-timeout duration < recovery.zookeeper.client.connection-timeout
high-availability.zookeeper.client.ensemble-tracker bool
high-availability.zookeeper.client.max-close-wait duration
high-availability.zookeeper.client.max-retry-attempts int < recovery.zookeeper.client.max-retry-attempts
high-availability.zookeeper.client.retry-wait duration < recovery.zookeeper.client.retry-wait
high-availability.zookeeper.client.session-timeout duration < recovery.zookeeper.client.session-timeout
high-availability.zookeeper.client.simulated-session-expiration-percent int
high-availability.zookeeper.client.tolerate-suspended-connections bool
high-availability.zookeeper.path.jobgraphs string < recovery.zookeeper.path.jobgraphs
high-availability.zookeeper.path.root string < recovery.zookeeper.path.root
high-availability.zookeeper.path.running-registry string deprecated
high-availability.zookeeper.quorum string < recovery.zookeeper.quorum
historyserver.archive.clean-expired-jobs bool
historyserver.archive.fs.dir string
historyserver.archive.fs.refresh-interval duration
historyserver.archive.retained-jobs int
historyserver.web.address string
historyserver.web.port int
historyserver.web.refresh-interval duration
historyserver.web.ssl.enabled bool
historyserver.web.tmpdir string
jmx.server.port string
job-event.store.write-buffer.flush-interval duration
job-event.store.write-buffer.size memory
jobmanager.adaptive-batch-scheduler.avg-data-volume-per-task memory deprecated
jobmanager.adaptive-batch-scheduler.default-source-parallelism int deprecated
jobmanager.adaptive-batch-scheduler.max-parallelism int deprecated
jobmanager.adaptive-batch-scheduler.min-parallelism int deprecated
jobmanager.adaptive-batch-scheduler.speculative.block-slow-node-duration duration deprecated
jobmanager.adaptive-batch-scheduler.speculative.enabled bool deprecated
jobmanager.adaptive-batch-scheduler.speculative.max-concurrent-executions int deprecated
jobmanager.adaptive-scheduler.min-parallelism-increase int
jobmanager.adaptive-scheduler.prefer-minimal-taskmanagers bool
jobmanager.adaptive-scheduler.resource-stabilization-timeout duration
jobmanager.adaptive-scheduler.resource-wait-timeout duration
jobmanager.adaptive-scheduler.scaling-interval.max duration
jobmanager.adaptive-scheduler.scaling-interval.min duration
jobmanager.archive.fs.dir string
jobmanager.bind-host string
jobmanager.failure-enrichers string
jobmanager.future-pool.size int
jobmanager.heap.mb int deprecated
jobmanager.heap.size memory deprecated
jobmanager.io-pool.size int
jobmanager.memory.enable-jvm-direct-memory-limit bool
jobmanager.memory.flink.size memory
jobmanager.memory.heap.size memory
jobmanager.memory.jvm-metaspace.size memory
jobmanager.memory.jvm-overhead.fraction double
jobmanager.memory.jvm-overhead.max memory
jobmanager.memory.jvm-overhead.min memory
jobmanager.memory.off-heap.size memory
jobmanager.memory.process.size memory
jobmanager.partition.hybrid.partition-data-consume-constraint string
jobmanager.partition.release-during-job-execution bool
jobmanager.resource-id string
jobmanager.retrieve-taskmanager-hostname bool
jobmanager.rpc.bind-port int
jobmanager.rpc.port int
jobmanager.task-deployment.offload-shuffle-descriptors-to-blob-server.threshold-num int
jobstore.type string
minicluster.number-of-taskmanagers int < local.number-taskmanager
pekko.ask.callstack bool < akka.ask.callstack
pekko.ask.timeout duration < akka.ask.timeout
pekko.client-socket-worker-pool.pool-size-factor double < akka.client-socket-worker-pool.pool-size-factor
pekko.client-socket-worker-pool.pool-size-max int < akka.client-socket-worker-pool.pool-size-max
pekko.client-socket-worker-pool.pool-size-min int < akka.client-socket-worker-pool.pool-size-min
pekko.fork-join-executor.parallelism-factor double < akka.fork-join-executor.parallelism-factor
pekko.fork-join-executor.parallelism-max int < akka.fork-join-executor.parallelism-max
pekko.fork-join-executor.parallelism-min int < akka.fork-join-executor.parallelism-min
pekko.jvm-exit-on-fatal-error bool < akka.jvm-exit-on-fatal-error
pekko.log.lifecycle.events bool < akka.log.lifecycle.events
pekko.lookup.timeout duration < akka.lookup.timeout
pekko.remote-fork-join-executor.parallelism-factor double
pekko.remote-fork-join-executor.parallelism-max int
pekko.remote-fork-join-executor.parallelism-min int
pekko.retry-gate-closed-for long < akka.retry-gate-closed-for
pekko.rpc.force-invocation-serialization bool < akka.rpc.force-invocation-serialization
pekko.server-socket-worker-pool.pool-size-factor double < akka.server-socket-worker-pool.pool-size-factor
pekko.server-socket-worker-pool.pool-size-max int < akka.server-socket-worker-pool.pool-size-max
pekko.server-socket-worker-pool.pool-size-min int < akka.server-socket-worker-pool.pool-size-min
pekko.ssl.enabled bool < akka.ssl.enabled
pekko.startup-timeout duration < akka.startup-timeout
pekko.tcp.timeout duration < akka.tcp.timeout
pekko.throughput int < akka.throughput
plugin.classloader.parent-first-patterns.additional list
plugin.classloader.parent-first-patterns.default list
resourcemanager.job.timeout duration
resourcemanager.previous-worker.recovery.timeout duration
resourcemanager.rpc.port int
resourcemanager.standalone.start-up-time duration
resourcemanager.start-worker.max-failure-rate double
resourcemanager.start-worker.retry-interval duration
resourcemanager.taskmanager-registration.timeout duration
resourcemanager.taskmanager-release.wait.result.consumed bool deprecated
resourcemanager.taskmanager-timeout duration < slotmanager.taskmanager-timeout
rest.await-leader-timeout duration
rest.cache.checkpoint-statistics.size int
rest.client.max-content-length int
rest.connection-timeout duration
rest.flamegraph.cleanup-interval duration
rest.flamegraph.delay-between-samples duration
rest.flamegraph.enabled bool
rest.flamegraph.num-samples int
rest.flamegraph.refresh-interval duration
rest.flamegraph.stack-depth int
rest.path string
rest.profiling.dir string
rest.profiling.duration-max duration
rest.profiling.enabled bool
rest.profiling.history-size int
rest.retry.delay duration
rest.retry.max-attempts int
rest.server.numThreads int
rest.server.thread-priority int
s3.access-key string < s3.access.key
s3.endpoint string
s3.endpoint.region string < fs.s3a.endpoint.region
s3.entropy.key string
s3.entropy.length int
s3.path.style.access bool < fs.s3a.path.style.access s3.path-style-access
s3.s5cmd.args string
s3.s5cmd.path string
s3.secret-key string < s3.secret.key
s3.upload.max.concurrent.uploads int
s3.upload.min.part.size long
security.context.factory.classes list
security.delegation.tokens.enabled bool < security.kerberos.fetch.delegation-token
security.delegation.tokens.renewal.retry.backoff duration < security.kerberos.tokens.renewal.retry.backoff
security.delegation.tokens.renewal.time-ratio double < security.kerberos.tokens.renewal.time-ratio
security.kerberos.access.hadoopFileSystems list < yarn.security.kerberos.additionalFileSystems
security.kerberos.fetch.delegation-token bool deprecated
security.kerberos.krb5-conf.path string
security.kerberos.login.contexts string
security.kerberos.login.keytab string < security.keytab
security.kerberos.login.principal string < security.principal
security.kerberos.login.use-ticket-cache bool
security.kerberos.relogin.period duration
security.kerberos.tokens.renewal.retry.backoff duration deprecated
security.kerberos.tokens.renewal.time-ratio double deprecated
security.module.factory.classes list
security.ssl.algorithms string
security.ssl.enabled bool deprecated
security.ssl.internal.cert.fingerprint string
security.ssl.internal.close-notify-flush-timeout int < security.ssl.close-notify-flush-timeout
security.ssl.internal.enabled bool
security.ssl.internal.handshake-timeout int < security.ssl.handshake-timeout
security.ssl.internal.key-password string
security.ssl.internal.keystore string
security.ssl.internal.keystore-password string
security.ssl.internal.keystore-type string
security.ssl.internal.session-cache-size int < security.ssl.session-cache-size
security.ssl.internal.session-timeout int < security.ssl.session-timeout
security.ssl.internal.truststore string
security.ssl.internal.truststore-password string
security.ssl.internal.truststore-type string
security.ssl.key-password string
security.ssl.keystore string
security.ssl.keystore-password string
security.ssl.protocol string
security.ssl.provider string
security.ssl.rest.cert.fingerprint string
security.ssl.rest.keystore string
security.ssl.rest.keystore-password string
security.ssl.rest.keystore-type string
security.ssl.rest.truststore string
security.ssl.rest.truststore-password string
security.ssl.rest.truststore-type string
security.ssl.truststore string
security.ssl.truststore-password string
security.ssl.verify-hostname bool
shuffle-service-factory.class string
slotmanager.declare-needed-resource.delay duration
slotmanager.max-total-resource.cpu double
slotmanager.max-total-resource.memory memory
slotmanager.min-total-resource.cpu double
slotmanager.min-total-resource.memory memory
slotmanager.number-of-slots.max int
slotmanager.number-of-slots.min int
slotmanager.redundant-taskmanager-num int
slotmanager.requirement-check.delay duration
slotmanager.taskmanager-timeout long deprecated
slow-task-detector.check-interval duration
slow-task-detector.execution-time.baseline-lower-bound duration
slow-task-detector.execution-time.baseline-multiplier double
slow-task-detector.execution-time.baseline-ratio double
taskmanager.bind-host string
taskmanager.collect-sink.port int
taskmanager.cpu.cores double
taskmanager.data.bind-port string
taskmanager.data.port int
taskmanager.data.ssl.enabled bool
taskmanager.debug.memory.log bool < taskmanager.debug.memory.startLogThread
taskmanager.debug.memory.log-interval duration < taskmanager.debug.memory.logIntervalMs
taskmanager.exit-on-fatal-akka-error bool deprecated
taskmanager.heap.mb int deprecated
taskmanager.heap.size memory deprecated
taskmanager.host string
taskmanager.jvm-exit-on-oom bool
taskmanager.load-balance.mode string
taskmanager.log.path string
taskmanager.memory.framework.heap.size memory
taskmanager.memory.framework.off-heap.batch-shuffle.size memory
taskmanager.memory.framework.off-heap.size memory
taskmanager.memory.jvm-metaspace.size memory
taskmanager.memory.jvm-overhead.fraction double
taskmanager.memory.jvm-overhead.max memory
taskmanager.memory.jvm-overhead.min memory
taskmanager.memory.process.size memory
taskmanager.memory.task.off-heap.size memory
taskmanager.network.batch-shuffle.compression.enabled bool deprecated < taskmanager.network.blocking-shuffle.compression.enabled
taskmanager.network.bind-policy string
taskmanager.network.blocking-shuffle.type string deprecated
taskmanager.network.compression.codec string
taskmanager.network.detailed-metrics bool
taskmanager.network.hybrid-shuffle.enable-new-mode bool deprecated
taskmanager.network.hybrid-shuffle.external-remote-tier-factory.class string
taskmanager.network.hybrid-shuffle.num-retained-in-memory-regions-max long deprecated
taskmanager.network.hybrid-shuffle.remote.path string
taskmanager.network.hybrid-shuffle.spill-index-region-group-size int deprecated < taskmanager.network.hybrid-shuffle.spill-index-segment-size
taskmanager.network.max-num-tcp-connections int deprecated
taskmanager.network.memory.buffers-request-timeout duration < taskmanager.network.memory.exclusive-buffers-request-timeout-ms
taskmanager.network.memory.exclusive-buffers-request-timeout-ms long deprecated
taskmanager.network.memory.max-overdraft-buffers-per-gate int deprecated
taskmanager.network.memory.read-buffer.required-per-gate.max int
taskmanager.network.netty.client.connectTimeoutSec int < taskmanager.net.client.connectTimeoutSec
taskmanager.network.netty.client.numThreads int deprecated < taskmanager.net.client.numThreads
taskmanager.network.netty.client.tcp.keepCount int
taskmanager.network.netty.client.tcp.keepIdleSec int
taskmanager.network.netty.client.tcp.keepIntervalSec int
taskmanager.network.netty.num-arenas int deprecated < taskmanager.net.num-arenas
taskmanager.network.netty.sendReceiveBufferSize int deprecated < taskmanager.net.sendReceiveBufferSize
taskmanager.network.netty.server.backlog int deprecated < taskmanager.net.server.backlog
taskmanager.network.netty.server.numThreads int deprecated < taskmanager.net.server.numThreads
taskmanager.network.netty.transport string deprecated < taskmanager.net.transport
taskmanager.network.numberOfBuffers int deprecated
taskmanager.network.partition-request-timeout duration
taskmanager.network.request-backoff.initial int < taskmanager.net.request-backoff.initial
taskmanager.network.request-backoff.max int < taskmanager.net.request-backoff.max
taskmanager.network.retries int < taskmanager.network.retries
taskmanager.network.sort-shuffle.min-buffers int
taskmanager.network.sort-shuffle.min-parallelism int deprecated
taskmanager.network.tcp-connection.enable-reuse-across-jobs bool
taskmanager.registration.initial-backoff duration deprecated < taskmanager.initial-registration-pause
taskmanager.registration.max-backoff duration deprecated < taskmanager.max-registration-pause
taskmanager.registration.refused-backoff duration deprecated < taskmanager.refused-registration-pause
taskmanager.resource-id string
taskmanager.rpc.bind-port int
taskmanager.rpc.port string
taskmanager.runtime.fs-timeout duration < taskmanager.runtime.fs_timeout
taskmanager.runtime.hashjoin-bloom-filters bool
taskmanager.runtime.large-record-handler bool
taskmanager.runtime.sort-spilling-threshold double
taskmanager.slot.timeout duration < pekko.ask.timeout
taskmanager.system-out.log.cache-upper-size memory
taskmanager.system-out.log.thread-name.enabled bool
taskmanager.system-out.mode string
user.artifacts.artifact-list list
user.artifacts.base-dir string
user.artifacts.http-headers map
user.artifacts.raw-http-enabled bool
web.backpressure.cleanup-interval int deprecated < jobmanager.web.backpressure.cleanup-interval
web.backpressure.delay-between-samples int deprecated < jobmanager.web.backpressure.delay-between-samples
web.backpressure.num-samples int deprecated < jobmanager.web.backpressure.num-samples
web.backpressure.refresh-interval int deprecated < jobmanager.web.backpressure.refresh-interval
web.history int < jobmanager.web.history
web.log.path string < jobmanager.web.log.path
web.ssl.enabled bool deprecated < jobmanager.web.ssl.enabled
web.submit.enable bool < jobmanager.web.submit.enable
web.tmpdir string < jobmanager.web.tmpdir
web.upload.dir string < jobmanager.web.upload.dir
zookeeper.sasl.disable bool
zookeeper.sasl.login-context-name string
zookeeper.sasl.service-name string
`;
