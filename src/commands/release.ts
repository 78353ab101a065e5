/** What happens to releases on a server: switch, mark, prune. Every path stands below the environment's `path`. */
import { and, argv, inline, or, script, user, write, type Command } from './command.ts';

export interface ReleaseFiles {
  /** The environment's path on the server. */
  readonly path: string;
  readonly id: string;
}

export interface Received extends ReleaseFiles {
  /** Of the archive. */
  readonly sha256: string;
  /** Of the list of its files, `.canopy/files`: the hash of the whole tree. */
  readonly tree: string;
  /** The earlier release that holds what is not sent; null when all is sent. */
  readonly base: string | null;
  /** Hard links instead of copies: when nobody but the SSH user can write the files. */
  readonly link: boolean;
  /** Text of .canopy/release.json and .canopy/env. */
  readonly record: string;
  readonly env: string;
  /** Names below shared/; a slash at the end means a folder. */
  readonly shared: readonly string[];
}

export const releaseFolder = ({ path, id }: ReleaseFiles): string => `${path}/releases/${id}`;

/** Makes `current` name a release: a new link, then a rename, so that there is no moment without one. */
export const switchTo = ({ path, id }: ReleaseFiles): Command =>
  inline('ln -sfn -- "releases/$2" "$1/.canopy/next" && mv -fT -- "$1/.canopy/next" "$1/current"', path, id);

/** Takes `current` away: there was no release before. */
export const switchToNone = (path: string): Command => argv('rm', '-f', '--', `${path}/current`);

/** Writes the instance's environment file anew: its values may have changed though the release is the same. */
export const writeEnv = (release: ReleaseFiles, env: string): Command =>
  write(`${releaseFolder(release)}/.canopy/env`, env, '0600');

/** Marks a release as one that passed its gate; the first time stays: where there is no record of what served, it tells the order. */
export const markHealthy = (release: ReleaseFiles, at: number): Command => {
  const mark = `${releaseFolder(release)}/.canopy/healthy`;
  return or(argv('test', '-s', mark), write(mark, `${at}\n`));
};

/** What the folder of a release is, written anew: it was deployed again, and has passed another check. Null: it stays. */
export const renewRecord = (release: ReleaseFiles, record: string | null): Command[] =>
  record === null ? [] : [write(`${releaseFolder(release)}/.canopy/release.json`, record)];

/** Fails, and says so, unless `current` names the release and `status` says that it runs. */
export const stillRuns = ({ path, id }: ReleaseFiles, status: Command): Command =>
  or(
    and(script('[ "$(readlink "$1/current")" = "releases/$2" ]', path, id), status),
    script('echo "canopy: does not run: $1" >&2; exit 1', id),
  );

/** What is left of old releases harms nobody: that it could not be deleted is said, and the next deploy tries again. */
export const tidy = (...parts: Command[]): Command =>
  or(and(...parts), script('echo "canopy: $1" >&2', leftOver));

/** The last line of what such a command says then. */
export const leftOver = 'not all of the old releases could be deleted';

/** Deletes releases; the one that `current` names is never deleted, whatever was asked. */
export const prune = (path: string, ids: readonly string[]): Command => script(pruneScript, path, ...ids);

/** Prints its release.json, what would be too long cut off. */
export const readRecord = (release: ReleaseFiles): Command =>
  argv('head', '-c', '100001', '--', `${releaseFolder(release)}/.canopy/release.json`);

/** A user's command inside a release, with its environment file read. */
export function inRelease(
  release: ReleaseFiles | { readonly current: string },
  lines: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Command {
  const folder = 'id' in release ? releaseFolder(release) : `${release.current}/current`;
  // The file is ours and quoted for sh; it is read in the same shell, so that its variables reach the command.
  return user(['set -a', '[ ! -f .canopy/env ] || . ./.canopy/env', 'set +a', ...lines], {
    cwd: folder,
    env,
  });
}

/** The environment file: quoted so that sh reads it and systemd's EnvironmentFile does too. */
export function envFile(values: Readonly<Record<string, string>>): string {
  const lines = Object.entries(values).map(
    ([name, value]) => `${name}="${value.replace(/[\\"$`]/g, '\\$&')}"`,
  );
  return `${lines.join('\n')}\n`;
}

const pruneScript = `path=$1; shift
current=$(readlink "$path/current" || true)
for id in "$@"; do
  [ "releases/$id" = "$current" ] && continue
  rm -rf -- "$path/releases/$id" "$path/.canopy/once-$id"
done
rm -rf -- "$path"/releases/.*.partial "$path"/.canopy/incoming-*.tgz "$path"/.canopy/once-*.partial`;
