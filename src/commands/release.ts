/** What happens to releases on a server: receive, switch, mark, prune. Every path stands below the environment's `path`. */
import { and, argv, or, script, user, write, type Command } from './command.ts';

export interface ReleaseFiles {
  /** The environment's path on the server. */
  readonly path: string;
  readonly id: string;
}

export interface Received extends ReleaseFiles {
  readonly sha256: string;
  /** Text of .canopy/release.json and .canopy/env. */
  readonly record: string;
  readonly env: string;
  /** Names below shared/; a slash at the end means a folder. */
  readonly shared: readonly string[];
}

export const releaseFolder = ({ path, id }: ReleaseFiles): string => `${path}/releases/${id}`;

/**
 * Takes the archive from standard input, verifies its hash on the server, unpacks it beside the other releases and
 * puts it in place by one rename: a release folder exists whole or not at all.
 */
export function receive(release: Received): Command {
  return and(
    script(receiveScript, release.path, release.id, release.sha256),
    write(`${partial(release)}/.canopy/release.json`, release.record),
    write(`${partial(release)}/.canopy/env`, release.env, '0600'),
    ...release.shared.map((name) => linkShared(release, name)),
    script(
      'rm -rf -- "$2" && mv -T -- "$1" "$2" && rm -f -- "$3"',
      partial(release),
      releaseFolder(release),
      incoming(release),
    ),
  );
}

/** Makes `current` name a release: a new link, then a rename, so that there is no moment without one. */
export const switchTo = ({ path, id }: ReleaseFiles): Command =>
  script('ln -sfn -- "releases/$2" "$1/.canopy/next" && mv -fT -- "$1/.canopy/next" "$1/current"', path, id);

/** Takes `current` away: there was no release before. */
export const switchToNone = (path: string): Command => argv('rm', '-f', '--', `${path}/current`);

/** Writes the instance's environment file anew: its values may have changed though the release is the same. */
export const writeEnv = (release: ReleaseFiles, env: string): Command =>
  write(`${releaseFolder(release)}/.canopy/env`, env, '0600');

/** Marks a release as one that passed its gate; the first time stays, so that going back twice goes back two. */
export const markHealthy = (release: ReleaseFiles, at: number): Command => {
  const mark = `${releaseFolder(release)}/.canopy/healthy`;
  return or(argv('test', '-s', mark), write(mark, `${at}\n`));
};

/** Deletes releases; the one that `current` names is never deleted, whatever was asked. */
export const prune = (path: string, ids: readonly string[]): Command => script(pruneScript, path, ...ids);

/** A user's command inside a release, with its environment file read. */
export function inRelease(
  release: ReleaseFiles | { readonly current: string },
  lines: readonly string[],
): Command {
  const folder = 'id' in release ? releaseFolder(release) : `${release.current}/current`;
  // The file is ours and quoted for sh; it is read in the same shell, so that its variables reach the command.
  return user(['set -a', '[ ! -f .canopy/env ] || . ./.canopy/env', 'set +a', ...lines], { cwd: folder });
}

/** The environment file: quoted so that sh reads it and systemd's EnvironmentFile does too. */
export function envFile(values: Readonly<Record<string, string>>): string {
  const lines = Object.entries(values).map(
    ([name, value]) => `${name}="${value.replace(/[\\"$`]/g, '\\$&')}"`,
  );
  return `${lines.join('\n')}\n`;
}

const partial = ({ path, id }: ReleaseFiles): string => `${path}/releases/.${id}.partial`;
const incoming = ({ path, id }: ReleaseFiles): string => `${path}/.canopy/incoming-${id}.tgz`;

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

const receiveScript = `set -e
path=$1 id=$2 sum=$3
umask 022
mkdir -p "$path/releases" "$path/shared" "$path/.canopy"
file="$path/.canopy/incoming-$id.tgz"
dir="$path/releases/.$id.partial"
trap 'code=$?; [ "$code" -eq 0 ] || rm -rf -- "$file" "$dir"; exit "$code"' EXIT
cat > "$file"
got=$(sha256sum < "$file"); got=\${got%% *}
if [ "$got" != "$sum" ]; then echo "canopy: hash mismatch: got $got, want $sum" >&2; exit 65; fi
rm -rf -- "$dir"
mkdir "$dir"
tar -xzof "$file" -C "$dir"
mkdir -p "$dir/.canopy"
sync -f "$dir" 2>/dev/null || sync`;

const pruneScript = `path=$1; shift
current=$(readlink "$path/current" || true)
for id in "$@"; do
  [ "releases/$id" = "$current" ] && continue
  rm -rf -- "$path/releases/$id"
done
rm -rf -- "$path"/releases/.*.partial "$path"/.canopy/incoming-*.tgz`;
