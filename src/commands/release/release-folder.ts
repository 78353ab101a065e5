/** What happens to releases on a server: renewed, marked, pruned, asked. Every path stands below the environment's `path`. */
import { and, argv, or, script, user, write, type Command } from '../core/command.ts';
import { quote } from '../core/shell.ts';

export interface ReleaseFiles {
  /** The environment's path on the server. */
  readonly path: string;
  readonly id: string;
  /** Canopy did not deploy it: nothing is written there, and where it lies `current` alone tells. */
  readonly foreign?: boolean;
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

/** What is left of old releases harms nobody: that it could not be deleted is said, and the next deploy tries again. */
export const tidy = (...parts: Command[]): Command =>
  or(and(...parts), script('echo "canopy: $1" >&2', leftOver));

/** The last line of what such a command says then. */
export const leftOver = 'not all of the old releases could be deleted';

/** Deletes releases; whatever was asked, never the one that `current` leads to, and none that Canopy did not put there. */
export const prune = (path: string, ids: readonly string[]): Command => script(pruneScript, path, ...ids);

/** Prints its release.json, what would be too long cut off. */
export const readRecord = (release: ReleaseFiles): Command =>
  argv('head', '-c', '100001', '--', `${releaseFolder(release)}/.canopy/release.json`);

/** A user's command inside a release, with its environment file read. */
export function inRelease(
  release: ReleaseFiles,
  lines: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Command {
  const cwd = release.foreign === true ? `${release.path}/current` : releaseFolder(release);
  return user([readEnv, ...lines], { cwd, env });
}

/** The same in whatever `current` leads to; `env` is for a release that Canopy did not deploy: it has no such file. */
export const inCurrent = (
  path: string,
  lines: readonly string[],
  env: Readonly<Record<string, string>>,
): Command =>
  user([`if [ -f .canopy/env ]; then ${readEnv}; else ${exported(env)}; fi`, ...lines], {
    cwd: `${path}/current`,
  });

// The file is ours and quoted for sh; it is read in the same shell, so that its variables reach the command.
const readEnv = 'set -a; [ ! -f .canopy/env ] || . ./.canopy/env; set +a';

const exported = (env: Readonly<Record<string, string>>): string =>
  Object.entries(env)
    .map(([name, value]) => `export ${name}=${quote(value)}`)
    .join('; ') || ':';

/** The environment file: quoted so that sh reads it and systemd's EnvironmentFile does too. */
export function envFile(values: Readonly<Record<string, string>>): string {
  const lines = Object.entries(values).map(
    ([name, value]) => `${name}="${value.replace(/[\\"$`]/g, '\\$&')}"`,
  );
  return `${lines.join('\n')}\n`;
}

const pruneScript = `path=$1; shift
current=$(cd -- "$path/current" 2>/dev/null && pwd -P) || current=
for id in "$@"; do
  dir="$path/releases/$id"
  if [ -e "$dir" ] || [ -L "$dir" ]; then
    [ -f "$dir/.canopy/release.json" ] || continue
  else
    rm -f -- "$path/.canopy/once-$id"
    continue
  fi
  case "$current/" in "$(cd -- "$dir" && pwd -P)"/*) continue ;; esac
  # What is left of it, when this ends in between, is no release any more, and goes the next time.
  old="$path/releases/.$id.old.partial"
  rm -rf -- "$old" && mv -T -- "$dir" "$old" || continue
  rm -rf -- "$old" "$path/.canopy/once-$id"
done`;
