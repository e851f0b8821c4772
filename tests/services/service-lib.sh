# SPDX-License-Identifier: Apache-2.0
# Shared by the *-up and *-down scripts of this directory; sourced, not run.
#
# A service keeps everything it owns below one directory, DIR:
#   DIR/NAME.pid   "PID STARTTIME" of each process started (STARTTIME is field
#                  22 of /proc/PID/stat, so a reused PID is never mistaken for
#                  the process that was started)
#   DIR/NAME.out   stdout and stderr of that process
#   DIR/env        the lines the up script printed
# Only the env lines go to stdout; progress and errors go to stderr.

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
SERVICE_TIMEOUT=${SERVICE_TIMEOUT:-60}      # seconds allowed for each wait

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$*"; exit 1; }

# Resolve the DIR argument, create it and take its lock. Paths that would need
# quoting in the services' own configuration files are refused.
use_dir() {
  DIR=$(realpath -m -- "$1")
  case $DIR in *[!A-Za-z0-9/._+-]*) die "unsupported character in directory name: $DIR" ;; esac
  # Up scripts delete stale state: stay out of directories used otherwise.
  [ -e "$DIR/.lock" ] || [ -z "$(ls -A -- "$DIR" 2>/dev/null)" ] || die "$DIR is in use for something else"
  mkdir -p -- "$DIR"
  exec 9>"$DIR/.lock"
  flock -w 300 9 || die "$DIR is locked by another up or down script"
}

check_port() {
  case $1 in ''|*[!0-9]*) die "not a port number: '$1'" ;; esac
  [ "$1" -ge 1 ] && [ "$1" -le 65535 ] || die "port out of range: $1"
}

port_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# http_get PORT PATH: print the response, headers included; empty on failure.
http_get() {
  (
    exec 3<>"/dev/tcp/127.0.0.1/$1" &&
    printf 'GET %s HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' "$2" >&3 &&
    timeout 5 cat <&3
  ) 2>/dev/null || true
}

# Choose an unused port outside the kernel's ephemeral range (32768-60999).
# The answers of one script never repeat. Sets REPLY.
PICKED=" "
pick_port() {
  local i
  for i in $(seq 200); do
    REPLY=$((20000 + (RANDOM * 32768 + RANDOM) % 10000))
    case $PICKED in *" $REPLY "*) continue ;; esac
    port_open "$REPLY" && continue
    PICKED+="$REPLY "
    return 0
  done
  die "no free port found"
}

# need_commands COMMANDS...: what `./dev setup` installs. Exit status 77 says to a test that there is nothing to test against.
need_commands() {
  local c missing=
  for c in "$@"; do command -v "$c" >/dev/null || missing+=" $c"; done
  [ -z "$missing" ] || { say "not installed:$missing (./dev setup installs them)"; exit 77; }
}

# --- processes --------------------------------------------------------------

# Print the start time of a live process; fail for a missing one or a zombie.
_starttime() {
  local s
  { s=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
  s=${s##*) }                       # drop "PID (comm)"; comm may hold anything
  set -- $s
  [ "$1" != Z ] && [ "$1" != X ] || return 1
  echo "${20}"
}

# alive NAME: is the process recorded in DIR/NAME.pid still that process?
alive() {
  local pid start now
  read -r pid start 2>/dev/null <"$DIR/$1.pid" || return 1
  now=$(_starttime "$pid") || return 1
  [ "$now" = "$start" ]
}

# launch NAME COMMAND...: start a process detached from this script.
launch() {
  local name=$1 pid start
  shift
  setsid "$@" >"$DIR/$name.out" 2>&1 </dev/null 9>&- &
  pid=$!
  start=$(_starttime "$pid") || { show_log "$name"; die "$name ended at once"; }
  echo "$pid $start" >"$DIR/$name.pid"
}

# halt NAME [SECONDS]: TERM, then KILL after SECONDS. Returns 1 if it was killed.
halt() {
  local name=$1 pid start i rc=0
  if alive "$name"; then
    read -r pid start <"$DIR/$name.pid"
    kill -CONT "$pid" 2>/dev/null || true      # in case a test suspended it
    kill -TERM "$pid" 2>/dev/null || true
    for i in $(seq $((${2:-20} * 20))); do
      alive "$name" || break
      sleep 0.05
    done
    if alive "$name"; then
      say "$name ($pid) ignored TERM, killing it"
      kill -KILL "$pid" 2>/dev/null || true
      rc=1
      for i in $(seq 100); do alive "$name" || break; sleep 0.05; done
    fi
  fi
  rm -f "$DIR/$name.pid"
  return $rc
}

show_log() { local f; for f in "$DIR/$1.out" "$DIR/$1.log"; do [ ! -s "$f" ] || { say "end of $f:"; tail -15 "$f" >&2; }; done; }

# wait_until NAME COMMAND...: poll until COMMAND succeeds; fail early if the
# process NAME dies.
wait_until() {
  local name=$1 end=$((SECONDS + SERVICE_TIMEOUT))
  shift
  until "$@"; do
    alive "$name" || { show_log "$name"; die "$name died while starting"; }
    [ "$SECONDS" -lt "$end" ] || { show_log "$name"; die "$name not ready after ${SERVICE_TIMEOUT}s"; }
    sleep 0.1
  done
}
