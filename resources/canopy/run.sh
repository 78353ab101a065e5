#!/bin/sh
# Starts one step on the agent: finds the compiled steps of exactly this version, checks them, runs the step.
# It reads CANOPY_RUN_* (see vars/canopyStep.groovy), CANOPY_HOME, CANOPY_CACHE, CANOPY_PACKAGE and HOME. When it cannot run the
# step it leaves `problem: …` in the result file and ends with 78; `archive wanted` and 79 ask for the archive and a second run.
set -u

say() { printf '%s\n' "$1" >"$CANOPY_RUN_RESULT" || exit 78; }
refuse() { printf 'canopy: %s\n' "$1" >&2; say "problem: $1"; exit 78; }
sum() { if command -v sha256sum >/dev/null 2>&1; then sha256sum; else shasum -a 256; fi | cut -c1-64; }
intact() { [ -f "$1/SHA256SUMS" ] && [ "$(sum <"$1/SHA256SUMS")" = "$CANOPY_RUN_SUMS" ] && (cd "$1" && verify) >/dev/null 2>&1; }
verify() { if command -v sha256sum >/dev/null 2>&1; then sha256sum -c SHA256SUMS; else shasum -a 256 -c SHA256SUMS; fi; }
# Who runs this; a container may run as a user that no file knows, and id then prints the number and fails.
who() { name=$(id -un 2>/dev/null) || name="uid $(id -u)"; printf %s "$name"; }
# Ours alone: a folder, no link, owned by this user, and nobody else may write to it.
ours() {
  [ -d "$1" ] && [ ! -h "$1" ] && [ -O "$1" ] || return 1
  case $(ls -ld -- "$1") in ?????w* | ????????w*) return 1 ;; esac
}

node_is_there() {
  version=$(node --version 2>/dev/null) || refuse 'node is not on the PATH of this agent: Canopy needs Node.js 20.19 or newer'
  major=${version#v} && minor=${major#*.} && major=${major%%.*} && minor=${minor%%.*}
  [ "$major" -gt 20 ] 2>/dev/null || { [ "$major" -eq 20 ] 2>/dev/null && [ "$minor" -ge 19 ] 2>/dev/null; } ||
    refuse "node on this agent is $version: Canopy needs 20.19 or newer"
}

# The build in a folder has to be of the library's own version; there is no fallback to another one.
same_version() {
  found=$(sed -n 's/.*"version": *"\([^"]*\)".*/\1/p' "$1/dist/package.json" 2>/dev/null | head -n 1)
  [ -n "$found" ] || refuse "$2 holds no build of Canopy: $1/dist/package.json is missing"
  [ "$found" = "$CANOPY_RUN_VERSION" ] || refuse "$2 holds Canopy $found, this library is $CANOPY_RUN_VERSION"
}

unpack() {
  [ "$(sum <"$CANOPY_RUN_ARCHIVE")" = "$CANOPY_RUN_SHA256" ] ||
    refuse "the archive of the steps is damaged: its sha256 is not $CANOPY_RUN_SHA256"
  # Other builds may do the same at this moment: each unpacks into a folder of its own, the first rename wins.
  find "$base" -maxdepth 1 -name '.new.*' -mtime +1 -exec rm -rf {} + 2>/dev/null
  new=$(mktemp -d "$base/.new.XXXXXX") || refuse "cannot write to $base"
  trap 'rm -rf "$new"' EXIT
  trap 'exit 143' TERM && trap 'exit 130' INT && trap 'exit 129' HUP
  gzip -dc <"$CANOPY_RUN_ARCHIVE" | (cd "$new" && tar -xf -) || refuse "cannot unpack the steps into $base"
  chmod 700 "$new"
  intact "$new" || refuse 'the archive of the steps does not hold what its list says'
  node -e 'require("fs").renameSync(process.argv[1], process.argv[2])' "$new" "$home" 2>/dev/null || ours "$home" ||
    refuse "cannot put the steps into $home"
  rm -rf "$new"
  trap - EXIT TERM INT HUP
}

unpacked() {
  if [ -n "${CANOPY_CACHE:-}" ]; then base=$CANOPY_CACHE
  elif [ -n "${HOME:-}" ]; then base=${HOME%/}/.cache/canopy
  else refuse 'neither HOME nor CANOPY_CACHE is set: there is no place for the steps'; fi
  case $base in /*) ;; *) refuse "CANOPY_CACHE must be an absolute path, not $base" ;; esac
  home=$base/$CANOPY_RUN_VERSION-$(printf %.12s "$CANOPY_RUN_SHA256")
  before=$(umask) && umask 077
  mkdir -p -- "$base" 2>/dev/null
  ours "$base" || refuse "$base has to be a folder of $(who) to which nobody else may write; CANOPY_CACHE names another"
  if [ ! -e "$home" ] && [ ! -h "$home" ]; then
    [ -n "${CANOPY_RUN_ARCHIVE:-}" ] || { say 'archive wanted'; exit 79; }
    unpack
  fi
  umask "$before"
  ours "$home" || refuse "$home has to be a folder of $(who) to which nobody else may write"
  intact "$home" || refuse "the steps in $home were changed: remove that folder, and the next run unpacks them again"
}

# npx only finds the package and says where it is; the step itself is started without it, so that signals arrive.
packaged() {
  case $CANOPY_PACKAGE in ./* | ../*) refuse 'CANOPY_PACKAGE must name its file by an absolute path' ;; esac
  # What npx has put on the PATH comes first; it is looked for as a file, because a cache may lie where no program is started.
  bin=$(cd "${CANOPY_RUN_RESULT%/*}" && npx --yes --package "$CANOPY_PACKAGE" \
    -c 'IFS=:; for dir in $PATH; do [ ! -f "$dir/canopy" ] || { printf %s "$dir/canopy"; exit 0; }; done; exit 1') ||
    refuse "npx cannot get CANOPY_PACKAGE $CANOPY_PACKAGE (its output is above)"
  home=$(node -p 'require("fs").realpathSync(process.argv[1])' "$bin") && home=${home%/dist/*}
}

mkdir -p -m 700 -- "${CANOPY_RUN_RESULT%/*}" || exit 78
# What an aborted build left, because its step was still at work when Jenkins went away.
find "${CANOPY_RUN_RESULT%/*/*}" -maxdepth 1 -type d -name 'canopy-????????-????-*' -mtime +1 -exec rm -rf {} + 2>/dev/null
node_is_there
if [ -n "${CANOPY_HOME:-}" ]; then
  home=$CANOPY_HOME
  same_version "$home" CANOPY_HOME
elif [ -n "${CANOPY_RUN_SHA256:-}" ]; then
  unpacked
elif [ -n "${CANOPY_PACKAGE:-}" ]; then
  packaged
  same_version "$home" CANOPY_PACKAGE
else
  refuse "there are no compiled steps: load the library from a release ref, a tag vX.Y.Z or the branch vX (npm run release -- --push REMOTE \
makes them in a clone of it), or set CANOPY_HOME (an installed build of $CANOPY_RUN_VERSION) or CANOPY_PACKAGE (an npm package spec) on the agent"
fi
[ -f "$home/dist/steps/$CANOPY_RUN_STEP.js" ] || refuse "there is no step $CANOPY_RUN_STEP in $home"
exec node "$home/dist/steps/$CANOPY_RUN_STEP.js" --result "$CANOPY_RUN_RESULT"
