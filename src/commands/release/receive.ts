/** Takes a release from standard input: what was sent, and what an earlier release on the server holds of it. */
import { and, hidden, inside, script, type Command } from '../core/command.ts';
import { releaseFolder, type Received } from './release-folder.ts';
import { put } from '../core/shell.ts';

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
    hidden(placeScript, dir, releaseFolder(release), release.record, release.env, release.shared.join('\n')),
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
    `umask 022; ${folder} && rm -rf -- "$1" && mkdir -p -- "$(dirname -- "$1")" || exit
[ ! -L "$4" ] || set -- "$1" "$3"
ln -s -- "$2" "$1"`,
    target,
    link,
    `${release.path}/shared/${bare}`,
    // From a folder of releases that is a link to elsewhere, a relative way leads astray.
    `${release.path}/releases`,
  );
}

// For dash, bash and busybox. Linked is only what nobody but the SSH user may write, whatever the caller believes: modes and owners
// are looked at after it, with the hash of every file, and what is not as it should be is copied instead. Folders come with the stream, and modes and owners are
// not kept, so that those of an earlier release are not inherited; busybox can keep the time only with them, so it does not.
const takeScript = `from=$path/releases/$base
each() {
  while IFS= read -r old && IFS= read -r new; do cp "$@" -- "$from/$old" "$dir/$new" || return; done
}
many() { [ ! -s .canopy/take ] || (cd -- "$from" && exec xargs -0 cp "$@" --parents -t "$dir" -- < "$dir/.canopy/take"); }
single() { tr '\\0' '\\n' < .canopy/take | sed p | each "$@"; }
away() {
  xargs -0 rm -f -- < .canopy/take
  while IFS= read -r old && IFS= read -r new; do rm -f -- "./$new"; done < .canopy/moved
}
linked() {
  many -lP 2>/dev/null || { away; single -lP 2>/dev/null; } || return
  each -lP < .canopy/moved 2>/dev/null && verified 2>/dev/null
}
if [ "$how" = link ] && linked; then
  echo "canopy: linked"
else
  [ "$how" = copy ] || away
  bring=single copy=-P
  help=$(cp --help 2>&1) || true
  case $help in *--parents*) bring=many ;; esac
  case $help in *--reflink*) copy='-P --preserve=timestamps --reflink=auto' ;; esac
  $bring $copy && each $copy < .canopy/moved || bad "$base does not hold what it should"
  verified || bad "$wrong"
  echo "canopy: copied"
fi`;

// openssl hashes twice as fast, where it is there and gives the hash that is known: the list comes first, and its hash is the tree's.
const verifyScript = `hashed() { xargs -0 "$@" < .canopy/plain > .canopy/sums && read -r sum rest < .canopy/sums && [ "$sum" = "$tree" ]; }
verified() {
  wrong='a file is missing' sum=
  xargs -0 stat -c '%f %u %n' < .canopy/names > .canopy/stats || return
  if ! hashed openssl dgst -sha256 -r 2>/dev/null && ! hashed sha256sum; then
    wrong="got $sum, want $tree"
    [ "$sum" != "$tree" ] || wrong='a file cannot be read'
    return 1
  fi
  wrong=$(awk '
    function next_sum() {
      sum = ""
      getline sum < ".canopy/sums"
      if (sub(/^\\\\/, "", sum)) return substr(sum, 1, 64)
      return substr(sum, 1, 64) " " substr(sum, 67)
    }
    BEGIN {
      getline found < ".canopy/stats"
      split(found, own, " ")
      next_sum()
    }
    {
      found = ""
      getline found < ".canopy/stats"
      name = "./" substr($0, 71)
      fine = found == substr($0, 66, 4) " " own[2] " " name
      if (fine && substr($0, 66, 1) == "8") {
        is = next_sum()
        fine = is == substr($0, 1, 64) || is == substr($0, 1, 64) " " name
      }
      if (!fine) { print substr($0, 71); exit }
    }' .canopy/files)
  [ -z "$wrong" ]
}`;

const receiveScript = `set -e
path=$1 id=$2 tree=$3 base=$4 how=$5
export LC_ALL=C
umask 022
dir="$path/releases/.$id.partial"
trap 'code=$?; [ "$code" -eq 0 ] || { cd /; rm -rf -- "$dir"; }; exit "$code"' EXIT
bad() { echo "canopy: hash mismatch: $1" >&2; exit 65; }
[ -d "$path/shared" ] && mkdir -- "$dir" 2>/dev/null || {
  rm -rf -- "$dir"
  mkdir -p "$path/releases" "$path/shared" "$path/.canopy"
  mkdir "$dir"
}
cd -- "$dir"
tar -xzof -
${verifyScript}
if [ -n "$base" ]; then
${takeScript}
else
  verified || bad "$wrong"
fi
rm -f -- .canopy/names .canopy/plain .canopy/stats .canopy/sums .canopy/take .canopy/moved`;

const placeScript = `umask 022
${put}
put "$1/.canopy/release.json" "$3" && (umask 077; put "$1/.canopy/env" "$4") || exit
# By which names of shared/ it was linked: a deploy with others brings it anew.
rm -f -- "$1/.canopy/shared" && { [ -z "$5" ] || put "$1/.canopy/shared" "$5"; } || exit
sync -f "$1" 2>/dev/null || sync || exit
[ ! -e "$2" ] || rm -rf -- "$2" || exit
mv -T -- "$1" "$2"`;
