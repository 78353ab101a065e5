/** The image of a release: built from the artifact, loaded from it or pulled, and thrown away. */
import type { Docker } from '../../config/types.ts';
import { and, or, script, write, type Command } from '../core/command.ts';
import { imageOf } from './run.ts';
import { releaseFolder, type Received } from '../release/release-folder.ts';

/**
 * Takes the archive from standard input, verifies its hash, makes the image of it and puts the release's folder in place, without the
 * archive's files: they are in the image. Exit code 65 when the archive is not what was packaged.
 */
export function receive(docker: Docker, release: Received): Command {
  const { path, id, sha256, shared, record, env } = release;
  const partial = `${path}/releases/.${id}.partial`;
  const folders = shared.filter((name) => name.endsWith('/'));
  return and(
    script(unpackScript, path, id, sha256, ...folders),
    or(obtain(docker, release, partial), script('rm -rf -- "$1"; exit 1', partial)),
    script('umask 022; rm -rf -- "$1" && mkdir -p -- "$1/.canopy"', partial),
    write(`${partial}/.canopy/release.json`, record),
    write(`${partial}/.canopy/env`, env, '0600'),
    script('rm -rf -- "$2" && mv -T -- "$1" "$2"', partial, releaseFolder(release)),
  );
}

/** Deletes the images of releases, never one that is current or runs; and images of ours that lost their name. */
export const prune = (docker: Docker, path: string, ids: readonly string[]): Command =>
  script(pruneScript, path, docker.name, docker.image.kind === 'pull' ? docker.image.repository : '', ...ids);

function obtain(docker: Docker, { id, record }: Received, partial: string): Command {
  const { image } = docker;
  const name = imageOf(docker, id);
  switch (image.kind) {
    case 'pull':
      return script(pullScript, `${image.repository}:${id}`, name);
    case 'load':
      return script(loadScript, partial, image.file, name);
    case 'build':
      return script(
        buildScript,
        ...[partial, '-t', name, '-f', image.dockerfile],
        ...labelsOf(docker, id, record).flatMap((label) => ['--label', label]),
        image.folder,
      );
  }
}

function labelsOf({ labels }: Docker, id: string, record: string): string[] {
  const commit = /"commit": "([0-9a-f]{7,64})"/.exec(record)?.[1];
  return [
    ...Object.entries(labels).map(([name, value]) => `${name}=${value}`),
    `canopy.release=${id}`,
    ...(commit === undefined ? [] : [`canopy.commit=${commit}`]),
  ];
}

/** What `docker` says goes to standard output, where it is heard line by line; the last word on standard error is ours. */
const failed = (verb: string): string =>
  `{ code=$?; echo "canopy: no image: docker ${verb} failed with code $code" >&2; exit 1; }`;

const unpackScript = `set -e
path=$1 id=$2 sum=$3; shift 3
umask 022
mkdir -p "$path/releases" "$path/shared" "$path/.canopy"
for name in "$@"; do mkdir -p -- "$path/shared/$name"; done
file="$path/.canopy/incoming-$id.tgz"
dir="$path/releases/.$id.partial"
trap 'code=$?; rm -f -- "$file"; [ "$code" -eq 0 ] || rm -rf -- "$dir"; exit "$code"' EXIT
cat > "$file"
got=$(sha256sum < "$file"); got=\${got%% *}
if [ "$got" != "$sum" ]; then echo "canopy: hash mismatch: got $got, want $sum" >&2; exit 65; fi
rm -rf -- "$dir"
mkdir "$dir"
tar -xzof "$file" -C "$dir"`;

const buildScript = `cd -- "$1" && shift && docker build "$@" 2>&1 || ${failed('build')}`;

const pullScript = `docker pull "$1" 2>&1 || ${failed('pull')}
docker tag "$1" "$2"`;

// The name that the archive gives may be given to another image by a second load at the same time; the id that stands in it may not.
// An engine that keeps images in containerd knows them by another id: there the name is all there is.
const loadScript = `cd -- "$1" || exit
said=$(docker load -i "$2" 2>&1) || { printf '%s\\n' "$said"; false; } || ${failed('load')}
printf '%s\\n' "$said"
list=$(tar -xOf "$2" manifest.json 2>/dev/null) || list=
id=$(printf '%s' "$list" | sed -n 's|.*"Config":"\\(blobs/sha256/\\)\\{0,1\\}\\([0-9a-f]\\{64\\}\\)[".].*|\\2|p')
if [ -n "$id" ] && docker image inspect "sha256:$id" >/dev/null 2>&1; then name=sha256:$id
else name=$(printf '%s\\n' "$said" | sed -n 's/^Loaded image\\( ID\\)\\{0,1\\}: //p' | tail -n 1); fi
docker tag "$name" "$3"`;

// A folder whose image cannot be deleted stays: the next deploy tries again.
const pruneScript = `path=$1 name=$2 pulled=$3; shift 3
current=$(readlink "$path/current" || true)
runs=$(docker container inspect -f '{{index .Config.Labels "canopy.release"}}' "$name" 2>/dev/null) || runs=
for id in "$@"; do
  [ "releases/$id" != "$current" ] && [ "$id" != "$runs" ] || continue
  if docker image inspect "$name:$id" >/dev/null 2>&1; then docker image rm "$name:$id" >/dev/null || exit; fi
  [ -z "$pulled" ] || docker image rm "$pulled:$id" >/dev/null 2>&1 || true
done
docker image prune -f --filter "label=canopy.path=$path" >/dev/null`;
