import { inside, type Command } from './command.ts';

interface FenceOptions {
  /** How long to wait for another command that holds the lock of the server. */
  readonly waitSeconds: number;
}

/** Exit codes of the fence itself; each comes with a line on standard error, so that a body's own code is not taken for one. */
export const fenceExit = { stale: 75, busy: 76, unreadable: 78 } as const;

/**
 * The command under the lock of the server, and only when `token` is not older than the one the server has seen. A newer
 * one is written down first. What the command leaves running does not hold the lock. The exit code is the command's.
 */
export function fenced(
  path: string,
  token: number,
  command: Command,
  { waitSeconds }: FenceOptions,
): Command {
  if (!Number.isSafeInteger(token) || token < 0) throw new TypeError(`no token: ${token}`);
  return inside(fenceScript, [path, String(token), String(Math.max(0, Math.ceil(waitSeconds)))], command);
}

// For dash, bash and busybox. `flock -w` is not in busybox, so the wait is a loop. The lock file is never removed: two
// commands could otherwise hold two different files of one name. Folder and files are for the SSH user alone. The last `exit`
// keeps the shell that holds the lock alive: dash runs a last subshell in its own process. cat names the reason of a failed write.
const fenceScript = `path=$1 token=$2 wait=$3
dir=$path/.canopy
[ -d "$path" ] || (umask 022; mkdir -p -- "$path") || exit
[ -d "$dir" ] || (umask 077; mkdir -- "$dir" 2>/dev/null) || [ -d "$dir" ] || mkdir -- "$dir" || exit
[ -e "$dir/lock" ] || (umask 077; : >> "$dir/lock") || exit
exec 9>> "$dir/lock" || exit
tries=0
until flock -n 9; do
  code=$?
  [ "$code" -eq 1 ] || { echo "canopy: flock failed with code $code" >&2; exit "$code"; }
  [ "$tries" -lt $((wait * 10)) ] || { echo "canopy: lock busy after $wait s: $dir/lock" >&2; exit ${fenceExit.busy}; }
  tries=$((tries + 1))
  sleep 0.1
done
seen=
more=
if [ -s "$dir/token" ]; then
  { read -r seen || [ -n "$seen" ] || exit; read -r more; [ -z "$more" ] || seen=two; } < "$dir/token" || exit
fi
case "\${seen:=0}" in
  *[!0-9]* | ????????????????*) echo "canopy: unreadable token: $dir/token" >&2; exit ${fenceExit.unreadable} ;;
esac
if [ "$token" -lt "$seen" ]; then echo "canopy: stale token $token < $seen" >&2; exit ${fenceExit.stale}; fi
if [ "$token" -gt "$seen" ] || [ ! -s "$dir/token" ]; then
  (umask 077; echo "$token" | cat > "$dir/token.new") || exit
  sync "$dir/token.new" 2>/dev/null || sync
  mv -f -- "$dir/token.new" "$dir/token" || exit
fi
began=$(date -u +%Y-%m-%dT%H:%M:%SZ) up=
read -r up rest 2>/dev/null < /proc/uptime || true
(exec 9>&-; body)
exit`;
