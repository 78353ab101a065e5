/** One script that reads all that a plan has to know about an instance, and changes nothing. */
import { and, hidden, inline, type Command } from '../core/command.ts';
import { leftoverText } from './leftovers.ts';
import { servedLines } from './served.ts';
import { currentText, oddText } from './site.ts';
import { toShell } from '../core/shell.ts';
import { hasSecrets } from '../core/transport.ts';

interface FactsQuery {
  readonly path: string;
  readonly shared: readonly string[];
  /** Exit code 0 while the service runs; `bare` is asked where there is no `current`. */
  readonly status: Command;
  readonly bare: Command;
  /** Prints more lines, about its unit; what it cannot tell is missing in them. */
  readonly unit?: Command | null;
  /** Prints what the server has noted of the last deploy. */
  readonly journal?: boolean;
}

/** Prints lines of `word TAB value`; deploy/model/facts.ts reads them. */
export const readFacts = ({ path, shared, status, bare, unit, journal }: FactsQuery): Command =>
  (hasSecrets(and(status, bare)) ? hidden : inline)(
    factsScript,
    path,
    toShell(status),
    toShell(bare),
    unit ? toShell(unit) : 'true',
    journal ? 'last' : '',
    ...shared,
  );

// Whatever else has the name is not opened: a FIFO would never end.
const filesText = (name: string): string =>
  `set -- && for dir in ./*; do file=$dir/.canopy/${name}; [ ! -f "$file" ] || [ ! -r "$file" ] || [ -L "$dir" ] || set -- "$@" "$file"; done && [ "$#" -gt 0 ]`;

// Each release.json in one line, as long as there is room: what is printed beyond that would push out what came first.
const recordsText = `
  function done() { if (id != "" && whole && length(text) <= room) { room -= length(text); print "record\\t" id " " text } }
  BEGIN { room = 300000 }
  FNR == 1 { done(); split(FILENAME, part, "/"); id = part[2]; text = ""; whole = 1 }
  { gsub(/\\t/, " "); if (length(text) + length($0) > 20000) whole = 0; else text = text $0 }
  END { done() }`;

// The kernel writes a space in a name as \\040. Of mounts at one place the last one counts.
const mountText = `found=$(cd -- "$near" && pwd -P) awk '
  function plain(text) { gsub(/\\\\040/, " ", text); gsub(/\\\\011/, "\\t", text); gsub(/\\\\134/, "\\\\", text); return text }
  BEGIN { at = ENVIRON["found"] "/" }
  {
    point = plain($5)
    if (point != "/" && index(at, point "/") != 1) next
    if (length(point) >= best) {
      best = length(point)
      noexec = (","$6",") ~ /,noexec,/ ? point : ""
      fixed = (","$6",") ~ /,ro,/ || (","$NF",") ~ /,ro,/ ? point : ""
    }
  }
  END {
    if (noexec != "") print "noexec\\t" noexec
    if (fixed != "") print "fixed\\t" fixed
  }' /proc/self/mountinfo 2>/dev/null || true`;

const factsScript = `path=$1 status=$2 bare=$3 unit=$4 journal=$5; shift 5
say() { printf '%s\\t%s\\n' "$1" "$2"; }
unshared() { case $1 in */) ;; *) say unshared "$1" ;; esac; }
first() { line=; [ ! -s "$1" ] || read -r line 2>/dev/null < "$1" || true; }
shared=$(printf '%s\\n' "$@")
say canopy facts
for tool in tar gzip sha256sum stat xargs awk flock setsid readlink; do command -v "$tool" >/dev/null 2>&1 || say lacks "$tool"; done
near=$path
while [ ! -e "$near" ] && [ "$near" != / ]; do near=$(dirname -- "$near"); done
for dir in "$near" "$path/releases" "$path/.canopy"; do [ ! -e "$dir" ] || [ -w "$dir" ] || say readonly "$dir"; done
[ ! -d "$path/releases" ] || near=$path/releases
free=$(df -Pk -- "$near" | awk 'NR == 2 { print $4 }')
case $free in '' | *[!0-9]*) ;; *)
${leftoverText}
;; esac
say free "$free"
${mountText}
${oddText}
if [ -d "$path" ]; then
${currentText}
  first "$path/.canopy/token"
  say token "$line"
  for dir in "$path"/releases/*; do
    id=\${dir##*/}
    case $id in *[!A-Za-z0-9._-]*) continue ;; esac
    if [ -f "$dir/.canopy/release.json" ] && [ ! -L "$dir" ]; then
      first "$dir/.canopy/healthy"
      say release "$id $line"
      [ "$(cat -- "$dir/.canopy/shared" 2>/dev/null)" = "$shared" ] || say otherlinks "$id"
    elif [ -e "$dir" ] || [ -L "$dir" ]; then
      say other "$id"
    fi
  done
  (cd "$path/releases" && ${filesText('files')} && sha256sum -- "$@") 2>/dev/null | while read -r sum file; do file=\${file#./}; say files "\${file%%/*} $sum"; done
  [ ! -f "$path/.canopy/served" ] || tail -c 12000 -- "$path/.canopy/served" | tail -n ${servedLines} |
    while read -r line; do say served "$line"; done
  (cd "$path/releases" && ${filesText('release.json')} && awk '${recordsText}' "$@") 2>/dev/null
  app=
  [ ! -f "$path/current/.canopy/release.json" ] ||
    app=$(sed -n 's/^  "app": "\\([a-z0-9-]*\\)",$/\\1/p' "$path/current/.canopy/release.json" 2>/dev/null | head -n 1)
  [ -z "$app" ] || say app "$app"
  for mark in "$path"/.canopy/once-*; do [ ! -s "$mark" ] || say once "\${mark##*/once-}"; done
  for name in "$@"; do [ -e "$path/shared/$name" ] || unshared "$name"; done
  if [ -e "$path/current" ] && (eval "$status") >/dev/null 2>&1; then say running yes; else say running no; fi
else
  for name in "$@"; do unshared "$name"; done
  say running no
fi
[ -e "$path/current" ] || [ -L "$path/current" ] || ! (eval "$bare") >/dev/null 2>&1 || say odd 'serving current'
(eval "$unit") || true
[ -z "$journal" ] || [ ! -f "$path/.canopy/journal" ] || sed -n 's/.*\\("deploy":"[A-Za-z0-9._-]*"\\).*/\\1/p' "$path/.canopy/journal" 2>/dev/null | tail -n 1 | while read -r last; do
  grep -F -- "$last" "$path/.canopy/journal" | while read -r line; do say noted "$line"; done
done
say end facts`;
