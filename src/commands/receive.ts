/** Takes a release from standard input: what was sent, and what an earlier release on the server holds of it. */
import { and, inside, script, type Command } from './command.ts';
import { releaseFolder, type Received } from './release.ts';

/**
 * Unpacks the stream beside the other releases, takes the rest from `base`, verifies every file and puts the release in place by
 * one rename: its folder exists whole or not at all. Exit code 65 when a file is not what was packaged.
 */
export function receive(release: Received): Command {
  const dir = partial(release);
  const { path, id, tree, base, link } = release;
  const steps = and(
    script(receiveScript, path, id, tree, base ?? '', link ? 'link' : 'copy'),
    ...release.shared.map((name) => linkShared(release, name)),
    script(placeScript, dir, releaseFolder(release), release.record, release.env),
  );
  return inside('body || { code=$?; rm -rf -- "$1"; exit "$code"; }', [dir], steps);
}

/** Prints which files a release was made of: sha256, type and mode, name. */
export const printList = (release: { readonly path: string; readonly id: string }): Command =>
  script('cat -- "$1"', `${releaseFolder(release)}/.canopy/files`);

const partial = ({ path, id }: Pick<Received, 'path' | 'id'>): string => `${path}/releases/.${id}.partial`;

function linkShared(release: Received, name: string): Command {
  const bare = name.replace(/\/+$/, '');
  const target = `${partial(release)}/${bare}`;
  const depth = bare.split('/').length - 1;
  // Relative, so that the tree can be moved or mounted elsewhere.
  const link = `${'../'.repeat(depth + 2)}shared/${bare}`;
  const folder = name.endsWith('/')
    ? 'mkdir -p -- "$3"'
    : '[ -e "$3" ] || { echo "no such file: $3" >&2; exit 1; }';
  return script(
    `${folder} && rm -rf -- "$1" && mkdir -p -- "$(dirname -- "$1")" && ln -s -- "$2" "$1"`,
    target,
    link,
    `${release.path}/shared/${bare}`,
  );
}

// For dash, bash and busybox. Linked is only what nobody but the SSH user may write, whatever the caller believes; a file that
// somebody changed in the earlier release is found by the hash of the whole tree. Folders are made here and modes and owners not
// kept, so that those of an earlier release are not inherited; busybox can keep the time only with them, so it does not.
const takeScript = `from=$path/releases/$base
each() {
  while IFS= read -r old && IFS= read -r new; do cp "$@" -- "$from/$old" "$dir/$new" || return; done
}
bring() {
  if [ "$parents" = yes ]; then
    [ ! -s .canopy/take ] || (cd -- "$from" && xargs -0 cp "$@" --parents -t "$dir" -- < "$dir/.canopy/take") || return
  else
    tr '\\0' '\\n' < .canopy/take | sed p | each "$@" || return
  fi
  each "$@" < .canopy/moved
}
ours() {
  [ ! -s .canopy/take ] || (cd -- "$from" && xargs -0 stat -c '%f %u' -- < "$dir/.canopy/take") || echo none
  while IFS= read -r old && IFS= read -r new; do stat -c '%f %u' -- "$from/$old" || echo none; done < .canopy/moved
}
help=$(cp --help 2>&1) || true
parents=no copy=-P
case $help in *--parents*) parents=yes ;; esac
case $help in *--reflink*) copy='-P --preserve=timestamps --reflink=auto' ;; esac
[ ! -s .canopy/folders ] || xargs -0 mkdir -p -- < .canopy/folders
if [ "$how" = link ] && ! ours 2>/dev/null | grep -qvx -e "81a4 $owner" -e "81ed $owner" && bring -lP 2>/dev/null; then
  echo "canopy: linked"
else
  [ "$how" = copy ] || { xargs -0 rm -f -- < .canopy/take; while IFS= read -r old && IFS= read -r new; do rm -f -- "./$new"; done < .canopy/moved; }
  bring $copy || bad "$base does not hold what it should"
  echo "canopy: copied"
fi`;

// Names begin with ./ there: a lone - would be taken for the standard input.
const verifyScript = `sed 's|^.\\{70\\}|./|' .canopy/files | tr '\\n' '\\0' > .canopy/names
sed -n 's|^.\\{65\\}8... |./|p' .canopy/files | tr '\\n' '\\0' > .canopy/plain
xargs -0 stat -c '%f %u' < .canopy/names > .canopy/stats || bad "a file is missing"
: > .canopy/sums
[ ! -s .canopy/plain ] || xargs -0 $hash < .canopy/plain > .canopy/sums || bad "a file cannot be read"
wrong=$(awk -v owner="$owner" '{
  found = sum = ""
  getline found < ".canopy/stats"
  fine = found == substr($0, 66, 4) " " owner
  if (substr($0, 66, 1) == "8") {
    getline sum < ".canopy/sums"
    sub(/^\\\\/, "", sum)
    fine = fine && substr(sum, 1, 64) == substr($0, 1, 64)
  }
  if (!fine) { print substr($0, 71); exit }
}' .canopy/files)
[ -z "$wrong" ] || bad "$wrong"
rm -f -- .canopy/names .canopy/plain .canopy/stats .canopy/sums .canopy/take .canopy/moved .canopy/folders`;

// openssl hashes twice as fast, where it is there and gives the hash that is known.
const receiveScript = `set -e
path=$1 id=$2 tree=$3 base=$4 how=$5
export LC_ALL=C
umask 022
mkdir -p "$path/releases" "$path/shared" "$path/.canopy"
dir="$path/releases/.$id.partial"
trap 'code=$?; [ "$code" -eq 0 ] || { cd /; rm -rf -- "$dir"; }; exit "$code"' EXIT
bad() { echo "canopy: hash mismatch: $1" >&2; exit 65; }
rm -rf -- "$dir"
mkdir "$dir"
cd -- "$dir"
tar -xzof -
owner=$(stat -c %u .)
hash='openssl dgst -sha256 -r'
sum=$($hash .canopy/files 2>/dev/null) || true
if [ "\${sum%% *}" != "$tree" ]; then
  hash=sha256sum
  sum=$($hash .canopy/files)
  [ "\${sum%% *}" = "$tree" ] || bad "got \${sum%% *}, want $tree"
fi
if [ -n "$base" ]; then
${takeScript}
fi
${verifyScript}`;

// cat says why a write fails ("No space left on device"); the printf of dash does not.
const placeScript = `umask 022
printf %s "$3" | cat > "$1/.canopy/release.json" && (umask 077; printf %s "$4" | cat > "$1/.canopy/env") || exit
sync -f "$1" 2>/dev/null || sync || exit
rm -rf -- "$2" && mv -T -- "$1" "$2"`;
