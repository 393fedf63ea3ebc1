# What the scripts of all services share: source it with NAME set, define the functions below, call main.
#
#   do_install      installs into $SERVICES_HOME, once
#   do_start        sets BPORT and ADDR, and PID by launch
#   healthy         whether it answers
#   extra_stop      optional: what else ends with it
#
# A script prints the address on the standard output, all else on the standard error stream and in
# DATA/<name>.log. Exit codes: 0 done, 1 failed, 2 the command line is wrong, 3 not running.
#
# A pid file holds "PID START_TICKS ADDRESS", so that a pid which the system gave to another process
# is never taken for ours.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
SERVICES_HOME=${SERVICES_HOME:-$HERE/.installed}
STOP_LIMIT_TENTHS=200 # 20 s, then SIGKILL

usage() {
  echo "usage: $0 start|stop|status|install [--data DIR] [--port N]" >&2
  exit 2
}

ACTION=${1:-}
[ $# -gt 0 ] && shift
DATA=
PORT=
while [ $# -gt 0 ]; do
  case $1 in
    --data) DATA=$(mkdir -p "$2" && cd "$2" && pwd); shift 2 ;;
    --port) PORT=$2; shift 2 ;;
    *) usage ;;
  esac
done

say() { echo "$NAME: $*" >&2; }

# A port of 127.0.0.1 that nobody uses.
free_port() {
  node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })'
}

port_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# http_get PATH: the answer of 127.0.0.1:$BPORT, with its head. Needs no curl.
http_get() {
  (
    exec 3<>"/dev/tcp/127.0.0.1/$BPORT" &&
      printf 'GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' "$1" >&3 &&
      timeout 5 cat <&3
  ) 2>/dev/null
}

start_ticks() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

# A zombie that nobody waited for is dead.
alive() {
  local state
  state=$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) && [ -n "$state" ] &&
    [ "${state%% *}" != Z ] && [ "${state%% *}" != X ]
}

running() {
  [ -s "$DATA/$NAME.pid" ] && read -r PID TICKS ADDR < "$DATA/$NAME.pid" && [ -n "$PID" ] &&
    alive "$PID" && [ "$(start_ticks "$PID")" = "$TICKS" ]
}

responds() {
  local attempt
  BPORT=${ADDR##*:}
  for attempt in 1 2 3 4 5 6 7 8 9 10; do
    alive "$PID" || return 1
    port_open "$BPORT" && return 0
    sleep 0.3
  done
  return 1
}

# launch COMMAND...: in a session of its own; sets PID.
launch() {
  setsid nohup "$@" >>"$DATA/$NAME.log" 2>&1 </dev/null 9>&- &
  PID=$!
}

record() { echo "$PID $(start_ticks "$PID") $ADDR" > "$DATA/$NAME.pid"; }

wait_healthy() {
  local end=$((SECONDS + $1))
  until healthy; do
    if ! alive "$PID"; then
      say "died; the last lines of $DATA/$NAME.log:"
      tail -n 20 "$DATA/$NAME.log" >&2
      stop_pid
      return 1
    fi
    if [ $SECONDS -ge $end ]; then
      say "not healthy after $1 s"
      stop_pid
      return 1
    fi
    sleep 0.1
  done
}

end_process() {
  local tenth
  kill "$1" 2>/dev/null || true
  for ((tenth = 0; tenth < STOP_LIMIT_TENTHS; tenth++)); do
    alive "$1" || return 0
    sleep 0.1
  done
  kill -9 "$1" 2>/dev/null || true
}

stop_pid() {
  end_process "$PID"
  stop_extra
  rm -f "$DATA/$NAME.pid"
}

stop_extra() { if declare -F extra_stop >/dev/null; then extra_stop; fi; }

install_once() { ( exec 8>"$SERVICES_HOME/.$NAME.lock"; flock 8; do_install >&2 ); }

start() {
  exec 9>"$DATA/.lock"
  flock 9
  if running; then
    if responds; then
      echo "$ADDR"
      return 0
    fi
    say "does not answer, starting it again"
    stop_pid
  elif [ -e "$DATA/$NAME.pid" ]; then
    stop_extra
    rm -f "$DATA/$NAME.pid"
  fi
  install_once
  do_start
  record
  wait_healthy "${START_LIMIT:-90}"
  echo "$ADDR"
}

stop() {
  exec 9>"$DATA/.lock"
  flock 9
  if running; then
    stop_pid
    say stopped
  else
    say "not running"
  fi
}

main() {
  DATA=${DATA:-$HERE/.data/$NAME}
  mkdir -p "$DATA" "$SERVICES_HOME"
  case $ACTION in
    install) install_once ;;
    start) start ;;
    stop) stop ;;
    status)
      if running && responds; then
        echo "$ADDR"
      else
        say "not running"
        exit 3
      fi
      ;;
    *) usage ;;
  esac
}
