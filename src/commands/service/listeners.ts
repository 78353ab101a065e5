/**
 * What shows whose process answers at a port: read from /proc alone, with the rights that the SSH user has. It only gathers;
 * deploy/gate/proof.ts reads its lines and decides.
 */
import { inline, type Command } from '../core/command.ts';

export interface AskedAt {
  /** The environment's path on the server. */
  readonly path: string;
  /** The name that is asked, to be resolved on the server; empty: an address, or none. */
  readonly name: string;
  /** The port that is asked; null: none is known. */
  readonly port: number | null;
}

/**
 * Writes down which sockets listen, just before what runs is stopped: what is among them afterwards was not opened by what was
 * started then. Never fails; a server on which it could not be written proves less.
 */
export const noteListeners = (path: string): Command => inline(noteText, `${path}/.canopy/listening`);

/** Words for a script that ends with `listenersText`, and begins with `askedText` when they are its $2, $3 and $4. */
export const askedWords = ({ path, name, port }: AskedAt): [string, string, string] => [
  path,
  name,
  port === null ? '' : hexPort(port),
];
export const askedText = 'path=$2 asked=$3 port=$4';

/** As /proc/net/tcp writes it. */
const hexPort = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');

export const sayText = `say() { printf '%s\\t%s\\n' "$1" "$2"; }`;

// Of each socket its inode, and its user with its port. The numbers begin anew when the machine does.
const noteText = `{
  cat /proc/sys/kernel/random/boot_id
  for table in tcp tcp6; do awk '$4 == "0A" { split($2, at, ":"); print $10; print $8 "@" at[2] }' "/proc/net/$table"; done
  echo end
} > "$1.new" 2>/dev/null && mv -f -- "$1.new" "$1" || rm -f -- "$1" "$1.new" || true`;

/**
 * Text that prints who listens at $port, and every process that may have to do with it. $pid is the main process (0: none is known),
 * $cgroup that of the service (empty: none). One awk sees all, so that no process is started for each process. Its input is what
 * the kernel says, each line behind a word; grep and ls pass over a process that ends meanwhile. A service may listen in a network
 * of its own: its tables are read too.
 */
export const listenersText = `real=$(cd -- "$path/releases" 2>/dev/null && pwd -P) || real=
current=$(cd -- "$path/current" 2>/dev/null && pwd -P) || current=
note=$(tr '\\n' ' ' < "$path/.canopy/listening" 2>/dev/null) || note=
case $note in
  "$(cat /proc/sys/kernel/random/boot_id) "*'end ') say noted yes; say before "$note" ;;
esac
[ -z "$asked" ] || getent ahosts "$asked" | awk '{ print "resolved\\t" $1 }' | sort -u
awk '/\\|--/ { ip = $2 } /32 host LOCAL/ { print "address\\t" ip }' /proc/net/fib_trie 2>/dev/null | sort -u
awk '{ print "address\\t" $1 }' /proc/net/if_inet6 2>/dev/null
own=/proc/net
[ "\${pid:-0}" -eq 0 ] || own=/proc/$pid/net
{
  for table in tcp tcp6; do sed 's/^/net /' "/proc/net/$table"; done
  for table in tcp tcp6 unix; do sed "s/^/own-$table /" "$own/$table"; done
  grep -H . /proc/[0-9]*/cgroup | sed 's/^/cgroup /'
  grep -H -e ^Name: -e ^PPid: -e ^Uid: /proc/[0-9]*/status | sed 's/^/status /'
  ls -ldn /proc/[0-9]*/cwd /proc/[0-9]*/exe | sed -n 's/^.* \\(\\/proc\\/[0-9]*\\/[a-z]*\\) -> /link \\1 /p'
  ls -ln /proc/[0-9]*/fd | sed -n -e 's/^\\(\\/proc\\/.*\\/fd\\):$/fd \\1/p' -e 's/^l.* -> socket:\\[\\([0-9]*\\)\\]$/socket \\1/p' -e 's/^l.*/file/p'
} 2>/dev/null | real="$real" current="$current" cgroup="$cgroup" port="$port" main="\${pid:-0}" awk '
function process_of(file) { split(file, part, "/"); return part[3] }
function lies_in(id, what) { place[id] = (id in place) ? place[id] "," what : what }
BEGIN {
  real = ENVIRON["real"]; current = ENVIRON["current"]; cgroup = ENVIRON["cgroup"]
  port = ENVIRON["port"]; main = ENVIRON["main"] + 0
}
$1 == "net" && $5 == "0A" {
  split($3, at, ":")
  if (port != "" && at[2] == port) { asked[$11] = 1; print "listen\\t" $11 " " $9 " " at[1] }
}
$1 == "own-tcp" || $1 == "own-tcp6" { if ($5 == "0A") listens[$11] = 1 }
$1 == "own-unix" && $5 == "00010000" { listens[$8] = 1 }
$1 == "cgroup" {
  file = $0; sub(/^cgroup /, "", file); sub(/:.*/, "", file)
  where = $0; sub(/^cgroup [^:]*:[^:]*:[^:]*:/, "", where)
  if (cgroup != "" && (where == cgroup || index(where, cgroup "/") == 1)) member[process_of(file)] = 1
}
$1 == "status" {
  split($2, word, ":"); id = process_of(word[1])
  if (word[2] == "Name") name[id] = $3
  if (word[2] == "PPid") parent[id] = $3
  if (word[2] == "Uid") uids[id] = $3 "," $4 "," $5 "," $6
}
$1 == "link" {
  id = process_of($2)
  target = $0; sub(/^link [^ ]* /, "", target)
  if (current != "" && (target == current || index(target, current "/") == 1)) lies_in(id, ".")
  if (real != "" && index(target, real "/") == 1) {
    target = substr(target, length(real) + 2); sub(/[\\/ ].*/, "", target); lies_in(id, target)
  }
}
$1 == "fd" { owner = process_of($2) }
$1 == "file" || $1 == "socket" { seen[owner] = 1 }
$1 == "socket" { holds[owner " " $2] = 1 }
END {
  if (main > 0) member[main] = 1
  for (pair in holds) {
    split(pair, both, " ")
    if (both[2] in asked) { print "holder\\t" both[2] " " both[1]; told[both[1]] = 1 }
    else if (both[2] in listens) elsewhere[both[1]] = 1
  }
  for (id in member) told[id] = 1
  for (id in place) told[id] = 1
  # What a holder has started, however far down; everything comes from the first process.
  for (id in parent) for (up = parent[id]; up > 1; up = parent[up]) if (up in told) { told[id] = 1; break }
  most = 300
  for (id in told) if (most-- > 0 && (id in parent))
    print "process\\t" id " " parent[id] " " uids[id] " " ((id in member) ? "own" : "-") " " ((id in elsewhere) ? "listens" : (id in seen) ? "open" : "-") " " ((id in place) ? place[id] : "-") " " name[id]
}'
say end proof`;
