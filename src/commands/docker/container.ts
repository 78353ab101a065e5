/** The container of an instance: replaced, stopped and asked. It has one name for ever; its labels say whose it is and which release. */
import type { Lines } from '../../config/types.ts';
import { and, argv, hidden, inline, script, when, type Command } from '../core/command.ts';
import { lastText, noteText, sinceText } from '../log/started.ts';
import { commonWords, drop, imageOf, prepare, type Contained } from './run.ts';
import { switchTo } from '../release/current-link.ts';
import type { ReleaseFiles } from '../release/release-folder.ts';
import { runScript } from '../core/shell.ts';

/**
 * Makes the new container, ends the old one within its time and sets it aside, starts the new one. What docker refuses of canopy.yml
 * (a mount, an option) is refused while the old one still runs.
 */
export const activate = (at: Contained, release: ReleaseFiles): Command =>
  and(
    isOurs(at),
    make(at, release),
    script(asideScript, at.docker.name, seconds(at), release.id, before(at)),
    takeOver(at, release),
  );

/** The container that was set aside, as it was; one that is made anew when it is gone. */
export const restore = (at: Contained, release: ReleaseFiles): Command =>
  when(
    holds(before(at), release),
    and(remove(at), switchTo(release), argv('docker', 'rename', before(at), at.docker.name), start(at)),
    when(
      holds(at.docker.name, release),
      and(isOurs(at), switchTo(release), start(at)),
      activate(at, release),
    ),
  );

/** Back to what Canopy did not deploy: its own container is none of ours; one that was set aside is. */
export const restoreForeign = (at: Contained, release: ReleaseFiles): Command =>
  and(
    remove(at),
    switchTo(release),
    script(
      'docker container inspect "$1" >/dev/null 2>&1 || exit 0\ndocker rename "$1" "$2" && docker start "$2"',
      before(at),
      at.docker.name,
    ),
  );

/** Throws away what was set aside. */
export const forget = (at: Contained): Command => drop(at, before(at));

/** Ends it within its time and throws it away, with the volumes that have no name. */
export const remove = (at: Contained): Command =>
  and(isOurs(at), script(`${endScript} && docker rm -v "$1" >/dev/null`, at.docker.name, seconds(at)));

/** Ends it within its time; it does not come back with the engine either. */
export const halt = (at: Contained): Command =>
  and(isOurs(at), script(endScript, at.docker.name, seconds(at)));

/** Exit code 0 while it runs, with the release that `current` names. */
export const status = ({ docker, path }: Contained): Command =>
  asked(
    '[ "$status" = running ] && [ "$(cd -- "$2/releases/$release" && pwd -P)" = "$(cd -- "$2/current" && pwd -P)" ]',
    docker.name,
    path,
  );

/** Exit code 0 while it runs, whatever `current` says, and is ours. */
export const bareStatus = (at: Contained): Command =>
  and(isOurs(at), asked('[ "$status" = running ]', at.docker.name));

/** Exit code 0 while it runs, is not being restarted, and is healthy by the image's own HEALTHCHECK; prints which start of it. */
export const steady = ({ docker }: Contained): Command => asked(steadyText, docker.name);

/** A user's lines in it, when it runs that release. */
export const ask = ({ docker }: Contained, { id }: ReleaseFiles, lines: Lines): Command =>
  hidden(`${askScript}\n${askLines}`, docker.name, id, lines.join('\n'), runScript);

/** The last lines of what it has printed since it was started: one that was put back has printed before. */
export const log = ({ docker, path }: Contained, lines: number): Command =>
  script(`path=$3\n${sinceText}\n${lastText}\n${logScript}`, docker.name, String(lines), path);

function make(at: Contained, release: ReleaseFiles): Command {
  const { docker } = at;
  return and(
    drop(at, next(at)),
    prepare(at, release),
    argv(
      ...['docker', 'create', '--name', next(at), '--restart', docker.restart],
      ...['--stop-timeout', seconds(at)],
      ...commonWords(at, release),
      ...docker.ports.flatMap((port) => ['--publish', port]),
      ...(docker.network === null ? [] : ['--network', docker.network]),
      ...docker.options,
      ...[imageOf(docker, release.id), ...docker.command],
    ),
  );
}

const takeOver = (at: Contained, release: ReleaseFiles): Command =>
  and(switchTo(release), argv('docker', 'rename', next(at), at.docker.name), start(at));

const start = ({ docker, path }: Contained): Command =>
  and(inline(`path=$1\n${noteText}\nnote`, path), argv('docker', 'start', docker.name));

/** No instance has capitals in its name. */
const next = ({ docker }: Contained): string => `${docker.name}-Next`;
const before = ({ docker }: Contained): string => `${docker.name}-Before`;

const holds = (name: string, { id }: ReleaseFiles): Command => script(holdsScript, name, id);

const seconds = ({ docker }: Contained): string => String(Math.ceil(docker.stopMs / 1000));

/** A container of that name may belong to somebody else: it is never touched then. */
const isOurs = ({ docker, path }: Contained): Command => script(ownerScript, docker.name, path);

/** Trusted text in which $status … are set, $1 is the container's name and $2 … are `words`. */
const asked = (text: string, ...words: string[]): Command => script(`${askScript}\n${text}`, ...words);

// Where there is none, docker has to be able to say so.
const none = '{ docker version >/dev/null; exit; }';
const ownerScript = `owner=$(docker container inspect -f '{{index .Config.Labels "canopy.path"}}' "$1" 2>/dev/null) || ${none}
[ "$owner" = "$2" ] || { echo "canopy: container of another: $1 \${owner:-nobody}" >&2; exit 1; }`;
const endScript = `docker container inspect "$1" >/dev/null 2>&1 || ${none}
docker stop -t "$2" "$1" >/dev/null`;

const holdsScript = `release=$(docker container inspect -f '{{index .Config.Labels "canopy.release"}}' "$1" 2>/dev/null) && [ "$release" = "$2" ]`;

// What an activation that was cut off has set aside already is what ran before: it stays.
const asideScript = `${endScript} || exit
release=$(docker container inspect -f '{{index .Config.Labels "canopy.release"}}' "$1") || exit
if [ "$release" = "$3" ] && docker container inspect "$4" >/dev/null 2>&1; then docker rm -v "$1" >/dev/null; exit; fi
docker rm -fv "$4" >/dev/null 2>&1
docker rename "$1" "$4"`;

// `index`: a container without a HEALTHCHECK has no Health, and docker's templates know no missing key. Podman's has one that says nothing.
const askScript = `told=$(docker container inspect -f '{{.State.Status}} {{.State.ExitCode}} {{.State.OOMKilled}} {{with index .State "Health"}}{{or .Status "none"}}{{else}}none{{end}} {{.Id}} {{.State.StartedAt}} {{index .Config.Labels "canopy.release"}}' "$1") || exit
read -r status code oom health id started release <<END
$told
END`;

const askLines = `[ "$status $release" = "running $2" ] || { echo "no container runs $2" >&2; exit 1; }
CANOPY_SCRIPT=$3; export CANOPY_SCRIPT
exec docker exec --env CANOPY_SCRIPT "$1" sh -ec "$4"`;

// A long line is kept in many pieces, and the engine counts those: more are asked for than are told.
const logScript = `docker container inspect "$1" >/dev/null && docker logs \${since:+"--since=$since"} --tail 20000 "$1" 2>&1 | last own "$2"`;

const steadyText = `case $status in
  running) ;;
  exited | dead | restarting)
    [ "$oom" = false ] || code="$code, out of memory"
    echo "the container ended with code $code" >&2; exit 1 ;;
  *) echo "the container is $status" >&2; exit 1 ;;
esac
case $health in
  none | healthy) echo "$id $started" ;;
  starting) echo "its HEALTHCHECK has not passed yet" >&2; exit 1 ;;
  *) echo "its HEALTHCHECK says $health" >&2; exit 1 ;;
esac`;
