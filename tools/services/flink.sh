#!/usr/bin/env bash
# Apache Flink: a real JobManager and a real TaskManager with four slots, from Maven's jars; needs Java 17 and mvn.
#
# start prints the REST address. FLINK_EXTRA holds more lines of configuration ("key: value").
# flink.sh cli ARGS... is Flink's own command line.
FLINK_VERSION=${FLINK_VERSION:-1.20.5}
NAME=flink
CLI_ARGS=()
if [ "${1:-}" = cli ]; then
  shift
  CLI=1
  CLI_ARGS=("$@")
  set -- status
fi
. "$(dirname "$0")/common.sh"
LIB=$SERVICES_HOME/flink-$FLINK_VERSION
LOG4J_VERSION=2.24.3

# What Flink reaches into on Java 17.
JAVA_OPENS=()
for package in lang net io nio lang.reflect text time util util.concurrent util.concurrent.atomic util.concurrent.locks; do
  JAVA_OPENS+=("--add-opens=java.base/java.$package=ALL-UNNAMED")
done
JAVA_OPENS+=(
  --add-opens=java.base/sun.nio.ch=ALL-UNNAMED
  --add-exports=java.rmi/sun.rmi.registry=ALL-UNNAMED
  --add-exports=java.security.jgss/sun.security.krb5=ALL-UNNAMED
  --add-exports=java.base/sun.net.util=ALL-UNNAMED
)

dependency() { echo "<dependency><groupId>$1</groupId><artifactId>$2</artifactId><version>$3</version></dependency>"; }

write_pom() {
  local artifact
  echo '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
  echo '<groupId>local</groupId><artifactId>flink-node</artifactId><version>1</version><packaging>pom</packaging><dependencies>'
  for artifact in flink-streaming-java flink-clients flink-runtime-web flink-statebackend-rocksdb flink-connector-datagen; do
    dependency org.apache.flink "$artifact" "$FLINK_VERSION"
  done
  for artifact in log4j-slf4j-impl log4j-core; do
    dependency org.apache.logging.log4j "$artifact" "$LOG4J_VERSION"
  done
  echo '</dependencies></project>'
}

do_install() {
  [ -e "$LIB/.done" ] && return 0
  rm -rf "$LIB"
  mkdir -p "$LIB"
  write_pom > "$LIB/pom.xml"
  mvn -q -B -f "$LIB/pom.xml" dependency:copy-dependencies -DoutputDirectory="$LIB/lib" -DincludeScope=runtime
  cat > "$LIB/log4j2.properties" <<'P'
rootLogger.level = INFO
rootLogger.appenderRef.f.ref = f
appender.f.name = f
appender.f.type = File
appender.f.fileName = ${sys:log.file:-/dev/stderr}
appender.f.layout.type = PatternLayout
appender.f.layout.pattern = %d{yyyy-MM-dd HH:mm:ss,SSS} %-5p %-60c %x - %m%n
P
  cat > "$LIB/log4j2-cli.properties" <<'P'
logger.c.name = org.apache.flink.client.cli.CliFrontend
logger.c.level = off
logger.p.name = org.apache.flink.core.plugin
logger.p.level = error
rootLogger.level = WARN
rootLogger.appenderRef.f.ref = f
appender.f.name = f
appender.f.type = Console
appender.f.target = SYSTEM_ERR
appender.f.layout.type = PatternLayout
appender.f.layout.pattern = %p %c{1} %m%n
P
  touch "$LIB/.done"
}

if [ "${CLI:-}" ]; then
  mkdir -p "$SERVICES_HOME"
  install_once
  conf=$(mktemp -d)
  trap 'rm -rf "$conf"' EXIT
  : > "$conf/config.yaml"
  FLINK_CONF_DIR=$conf java -Xmx256m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC "${JAVA_OPENS[@]}" \
    -Dlog4j2.configurationFile="$LIB/log4j2-cli.properties" -cp "$LIB/lib/*" \
    org.apache.flink.client.cli.CliFrontend "${CLI_ARGS[@]}"
  exit
fi

write_configuration() {
  cat <<P
jobmanager.rpc.address: 127.0.0.1
jobmanager.rpc.port: $1
jobmanager.bind-host: 127.0.0.1
jobmanager.memory.process.size: 1g
taskmanager.host: 127.0.0.1
taskmanager.bind-host: 127.0.0.1
taskmanager.numberOfTaskSlots: 4
taskmanager.cpu.cores: 2.0
taskmanager.memory.task.heap.size: 384mb
taskmanager.memory.task.off-heap.size: 0b
taskmanager.memory.network.min: 64mb
taskmanager.memory.network.max: 64mb
taskmanager.memory.managed.size: 128mb
taskmanager.memory.framework.heap.size: 64mb
taskmanager.memory.framework.off-heap.size: 64mb
taskmanager.memory.jvm-metaspace.size: 256mb
taskmanager.memory.jvm-overhead.min: 64mb
taskmanager.memory.jvm-overhead.max: 64mb
parallelism.default: 1
rest.address: 127.0.0.1
rest.bind-address: 127.0.0.1
rest.port: $BPORT
rest.bind-port: '$BPORT'
rest.flamegraph.enabled: true
rest.profiling.enabled: true
web.submit.enable: true
web.cancel.enable: true
execution.checkpointing.dir: file://$DATA/checkpoints
execution.checkpointing.savepoint-dir: file://$DATA/savepoints
io.tmp.dirs: $DATA/tmp
web.tmpdir: $DATA/tmp
${FLINK_EXTRA:-}
P
}

# launch_java LOG CLASS ARGS...
launch_java() {
  local log=$1
  shift
  launch java -XX:+UseSerialGC -Djava.net.preferIPv4Stack=true "${JAVA_OPENS[@]}" \
    -Dlog4j2.configurationFile="$LIB/log4j2.properties" -cp "$LIB/lib/*" \
    -Xmx448m -XX:MaxMetaspaceSize=256m -Dlog.file="$DATA/log/$log" "$@" --configDir "$DATA/conf"
}

do_start() {
  BPORT=${PORT:-$(free_port)}
  ADDR=http://127.0.0.1:$BPORT
  mkdir -p "$DATA/conf" "$DATA/log" "$DATA/tmp" "$DATA/checkpoints" "$DATA/savepoints"
  write_configuration "$(free_port)" > "$DATA/conf/config.yaml"
  launch_java taskmanager.log org.apache.flink.runtime.taskexecutor.TaskManagerRunner
  echo "$PID $(start_ticks "$PID")" > "$DATA/taskmanager.pid"
  launch_java jobmanager.log org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint
}

healthy() { http_get /overview | grep -q '"taskmanagers":[1-9]'; }

extra_stop() {
  local pid ticks
  [ -s "$DATA/taskmanager.pid" ] || return 0
  read -r pid ticks < "$DATA/taskmanager.pid"
  if [ "$(start_ticks "$pid")" = "$ticks" ]; then
    end_process "$pid"
  fi
  rm -f "$DATA/taskmanager.pid"
}

main
