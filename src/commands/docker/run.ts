/** How a container is run: the words for docker, and a container for one command. */
import type { Docker } from '../../config/types.ts';
import type { Lines } from '../../config/types.ts';
import { and, hidden, inside, script, type Command } from '../core/command.ts';
import { releaseFolder, type ReleaseFiles } from '../release/release-folder.ts';
import { runScript } from '../core/shell.ts';

export interface Contained {
  readonly docker: Docker;
  /** The environment's path on the server. */
  readonly path: string;
}

/** The image of a release. */
export const imageOf = ({ name }: Docker, id: string): string => `${name}:${id}`;

/** Throws a container away, when there is one of that name and it is the instance's own. */
export const drop = ({ path }: Contained, name: string): Command =>
  script(
    `owner=$(docker container inspect -f '{{index .Config.Labels "canopy.path"}}' "$1" 2>/dev/null) || exit 0
[ "$owner" != "$2" ] || docker rm -fv "$1" >/dev/null`,
    name,
    path,
  );

/** Writes what docker reads about the release: its environment in docker's own form, and the label that only the server knows. */
export const prepare = ({ path }: Contained, release: ReleaseFiles): Command =>
  script(prepareScript, `${path}/.canopy`, `${releaseFolder(release)}/.canopy`);

/** Words of `docker create` and `docker run` that every container of the instance is made with. */
export function commonWords({ docker, path }: Contained, release: ReleaseFiles): string[] {
  const { volumes, user, memory, cpus, envFile } = docker;
  return [
    // The later file wins, and ours tells which release it is.
    ...(envFile === null ? [] : ['--env-file', `${path}/${envFile}`]),
    ...['--env-file', `${path}/.canopy/container.env`],
    ...volumes.flatMap((volume) => ['--mount', mountOf(volume)]),
    ...(user === null ? [] : ['--user', user]),
    ...(memory === null ? [] : ['--memory', String(memory)]),
    ...(cpus === null ? [] : ['--cpus', String(cpus)]),
    ...Object.entries(docker.labels).flatMap(([name, value]) => ['--label', `${name}=${value}`]),
    ...['--label', `canopy.release=${release.id}`],
    ...['--label-file', `${path}/.canopy/container.labels`],
  ];
}

/**
 * A user's lines in a container of their own, from the release's image: in the network of the instance's container where that runs
 * the release, else in the network of canopy.yml. It is gone afterwards.
 */
export function oneOff(
  at: Contained,
  release: ReleaseFiles,
  lines: Lines,
  env: Readonly<Record<string, string>>,
): Command {
  const { docker } = at;
  const name = `${docker.name}-Once`;
  const values = Object.entries({ ...env, CANOPY_SCRIPT: lines.join('\n') });
  return and(
    drop(at, name),
    prepare(at, release),
    hidden(
      oneOffScript,
      ...values.map(([key, value]) => `${key}=${value}`),
      ...['--', docker.name, release.id, docker.network ?? ''],
      ...['--rm', '--init', '--name', name, '--entrypoint', 'sh'],
      ...commonWords(at, release),
      ...values.flatMap(([key]) => ['--env', key]),
      ...[imageOf(docker, release.id), '-ec', runScript],
    ),
  );
}

/**
 * The same with an end that is certain: whatever ended `command` (its time limit, a signal), the container goes too. A user without
 * root's rights sees nothing of the processes in it, and the engine ends them all the same.
 */
export const goneAfter = ({ docker, path }: Contained, command: Command): Command =>
  inside(goneScript, [`${docker.name}-Once`, path], command);

const goneScript = `(body); code=$?
[ "$code" -ne 0 ] || exit 0
owner=$(docker container inspect -f '{{index .Config.Labels "canopy.path"}}' "$1" 2>/dev/null) || owner=
[ "$owner" != "$2" ] || docker rm -fv "$1" >/dev/null 2>&1
exit "$code"`;

function mountOf({ kind, source, target, readOnly }: Docker['volumes'][number]): string {
  return `type=${kind},source=${source},target=${target}${readOnly ? ',readonly' : ''}`;
}

// `.canopy/env` is written for sh: a line is NAME="value", in which a backslash stands before \\ " $ and \`.
const prepareScript = `umask 077
LC_ALL=C sed -e 's/^\\([A-Za-z_][A-Za-z0-9_]*\\)="\\(.*\\)"$/\\1=\\2/' -e 's/\\\\\\([\\\\"$\`]\\)/\\1/g' < "$2/env" > "$1/container.env" || exit
sed -n 's/^ *"commit": "\\([0-9a-f]\\{7,64\\}\\)".*/canopy.commit=\\1/p' < "$2/release.json" > "$1/container.labels"`;

// docker takes the values from its own environment: its words are for all to see. Its own process gets the signals of a hook that is late,
// and hands them on.
const oneOffScript = `while [ "$1" != -- ]; do export "$1"; shift; done; shift
name=$1 release=$2 network=$3; shift 3
told=$(docker container inspect -f '{{.State.Status}} {{index .Config.Labels "canopy.release"}}' "$name" 2>/dev/null) || told=
if [ "$told" = "running $release" ]; then set -- --network "container:$name" "$@"
elif [ -n "$network" ]; then set -- --network "$network" "$@"; fi
exec docker run "$@"`;
