/** A command with an end: when its time is over, nothing that it has started goes on. */
import { hidden, type Command } from './command.ts';
import { runScript, toShell } from './shell.ts';

interface Limit {
  readonly ms: number;
  /** Between asking it to end (SIGTERM) and making it (SIGKILL). */
  readonly graceMs: number;
  /** `NAME=value` in the environment of the command, of this run alone: finds what has left its process group. */
  readonly mark: string;
}

/** Exit code when the time was over; it comes with a line on standard error, so that a command's own code is not taken for it. */
const limitExit = 124;

/**
 * The command in a process group of its own. Its exit code is the command's. What it leaves running when it ends in time is not
 * touched; when it does not, its group and all that bears the mark is ended first.
 */
export const limited = (command: Command, { ms, graceMs, mark }: Limit): Command =>
  hidden(limitScript, String(ms / 1000), String(Math.ceil(graceMs / 100)), mark, toShell(command));

/** Whether the time was over; `left`: something could not be ended, for it belongs to another user. Null: it ended by itself. */
export function limitPassed(ran: {
  readonly code: number;
  readonly stderr: string;
}): { left: boolean } | null {
  if (ran.code !== limitExit) return null;
  // What could not be ended may have gone on to print.
  const said = /^canopy: the time is over(, something is left)?$/m.exec(ran.stderr);
  return said && { left: said[1] !== undefined };
}

// For dash, bash and busybox; job control without a terminal is in bash alone, so setsid makes the group. The watcher is a
// subshell whose sleep is ended with it: none of them outlives the command, and none holds its output open. A dead process
// that nobody has collected (state Z) counts as ended. `$!` of a subshell may still be the hook's at first. The last trap comes
// after the forks: a signal that meets a shell which is just letting go of inherited traps is lost.
const limitScript = `limit=$1 grace=$2 mark=$3 group=
pids() {
  { grep -lsE "[)] [^ZX] [0-9]+ \${group:-none} " /proc/[0-9]*/stat
    printf %s "$mark" | grep -lszxF -f - /proc/[0-9]*/environ; } 2>/dev/null | sed 's/[^0-9]//g' | sort -u
}
send() { found=$(pids); [ -z "$found" ] || kill -s "$1" $found 2>/dev/null; }
gone() {
  tries=0
  while [ -n "$(pids)" ]; do
    [ "$tries" -lt "$1" ] || return 1
    tries=$((tries + 1))
    sleep 0.1
    [ -z "$2" ] || send "$2"
  done
}
watch() {
  trap '[ "\${!:-$group}" = "$group" ] || kill -s KILL "$!"; exit 1' TERM
  sleep "$limit" &
  wait "$!" || exit 1
  trap '' TERM
  send TERM
  gone "$grace" '' && exit 0
  send KILL
  gone 20 KILL && exit 0
  exit 3
}
{ CANOPY_SCRIPT=$4; export CANOPY_SCRIPT; exec setsid sh -c '${runScript}'; } </dev/null &
group=$!
watch >/dev/null 2>&1 </dev/null &
watcher=$!
trap 'send KILL; kill "$watcher"; exit 143' TERM INT HUP
wait "$group" 2>/dev/null; code=$?
kill "$watcher" 2>/dev/null
wait "$watcher" 2>/dev/null
case $? in
  0) echo "canopy: the time is over" >&2; exit ${limitExit} ;;
  3) echo "canopy: the time is over, something is left" >&2; exit ${limitExit} ;;
esac
exit "$code"`;
