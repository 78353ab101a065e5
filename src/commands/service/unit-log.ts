/** What the journal holds of a unit since it was started: the service's own lines, apart from those of systemd. */
import type { Command } from '../core/command.ts';
import { lastText, noteText, sinceText } from '../log/started.ts';
import { unitScript, type UnitService } from './unit.ts';

/** For a script of `unitScript` whose $2 is the environment's path: notes the start, and which invocation is about to end. */
export const noteUnit = `path=$2
${noteText}
old=$(ask show -p InvocationID "$unit" 2>/dev/null) || old=
note "\${old#*=}"`;

/** Prints `own TAB line` and `manager TAB line`. */
export const unitLog = (service: UnitService, path: string, lines: number): Command =>
  unitScript(service, service.kind === 'systemd' ? systemLog : userLog, path, String(lines));

/** So many entries are looked at: the journal cuts a long line into many. */
const entries = 20_000;

/**
 * The service may have been started again and again since: each is an invocation, and all are asked for but the one that ended by this start, which says its
 * last words after the restart has begun. Where systemd tells no invocations the time alone says it. That a user sees no journal is told on standard error.
 */
const logText = (journal: string, manager: string, own: string): string => `path=$2 lines=$3
${sinceText}
${lastText}
read_journal() { ${journal} "$@" \${since:+"--since=@$since"} --no-pager; }
invocations() {
  read_journal ${own} -n ${entries} -o export 2>/dev/null | LC_ALL=C cut -b -80 |
    LC_ALL=C sed -n 's/^_SYSTEMD_INVOCATION_ID=\\([0-9a-f]*\\)$/\\1/p' | sort -u
}
own() { read_journal ${own} "$@" -a -n ${entries} -o short-iso | grep -av '^-- ' | last own "$lines"; }
told= list=
[ -z "$since" ] || for id in $(invocations); do
  told=yes
  [ "$id" = "$mark" ] || list="$list ""_SYSTEMD_INVOCATION_ID=$id"
done
if [ -n "$told" ] && [ -z "$list" ]; then read_journal -n 1 > /dev/null; else own $list; fi
read_journal ${manager} -n 200 -o short-iso 2>/dev/null | grep -av '^-- ' | last manager "$lines"`;

const systemLog = logText('journalctl', '"_PID=1" "UNIT=$unit"', '"_SYSTEMD_UNIT=$unit"');
// Nobody needs a right to read of the units of a user: that others are not seen is no news.
const userLog = logText(
  'journalctl -q',
  '"_UID=$(id -u)" "USER_UNIT=$unit"',
  '"_UID=$(id -u)" "_SYSTEMD_USER_UNIT=$unit"',
);
