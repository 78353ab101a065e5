/** The service of an instance: started, stopped and asked by systemd or by the user's own commands. */
import type { Service } from '../../config/types.ts';
import { and, argv, or, user, when, type Command } from '../core/command.ts';
import { fileLog, noteSize } from '../log/file-log.ts';
import { inCurrent } from '../release/release-folder.ts';
import { control, unitScript } from './unit.ts';
import { noteUnit, unitLog } from './unit-log.ts';

export interface At {
  /** The environment's path on the server. */
  readonly path: string;
  /** What own commands see in a release that Canopy did not deploy. */
  readonly env: Readonly<Record<string, string>>;
}

/** Stops what runs now. Own commands run in the release that `current` names; without one there is nothing to stop. */
export function stop(service: Service, { path, env }: At): Command | null {
  if (service.kind === 'commands')
    return when(argv('test', '-e', `${path}/current`), inCurrent(path, service.stop, env));
  // systemd restarts in one go after the switch: the pause without a service is shorter.
  return null;
}

/** Starts the release that `current` names by now, and notes when: its log tells of more than this start. */
export function start(service: Service, { path, env }: At): Command {
  if (service.kind === 'commands') {
    const starting = inCurrent(path, service.start, env);
    const log = logFile(service, path);
    return log === null ? starting : and(noteSize(path, log), starting);
  }
  // A release that ended again and again has used up the unit's start limit, and systemd would refuse the old one too.
  // A unit that was never started has nothing to be reset, which is no failure.
  return unitScript(
    service,
    `${noteUnit}\n${control('reset-failed')} 2>/dev/null || true\n${control('restart')}`,
    path,
  );
}

/** Stops for good: there is no earlier release to go back to. What does not run is stopped, whoever did that. */
export function halt(service: Service, at: At): Command {
  if (service.kind === 'commands') {
    const stopping = inCurrent(at.path, service.stop, at.env);
    return or(stopping, when(status(service, at), argv('false'), argv('true')));
  }
  return unitScript(
    service,
    `${control('stop')} || case $(ask show -p ActiveState "$unit") in *=inactive | *=failed) ;; *) exit 1 ;; esac`,
  );
}

/** Exit code 0 while the service runs. */
export function status(service: Service, { path, env }: At): Command {
  if (service.kind === 'commands') return inCurrent(path, service.status, env);
  return unitScript(service, 'ask is-active --quiet "$unit"');
}

/** The same where there is no `current`: own commands are asked in the environment's folder. */
export function bareStatus(service: Service, { path, env }: At): Command {
  if (service.kind === 'commands') return user(service.status, { cwd: path, env });
  return status(service, { path, env });
}

/** The same, and prints which process it is: so a restart in between can be seen. Null when nothing tells it. */
export function steady(service: Service): Command | null {
  if (service.kind === 'commands') return null;
  return unitScript(service, 'ask is-active --quiet "$unit" && ask show -p MainPID "$unit"');
}

/**
 * Stop, switch, start as one command: nothing can come between. `leaving`: by what that which runs may have been started; none: by the
 * same. A unit that is left behind would go on beside the new one: when it cannot be stopped nothing is switched.
 */
export function activate(service: Service, at: At, switching: Command, leaving: readonly Service[]): Command {
  const stopping = (leaving.length > 0 ? leaving : [service]).flatMap((one) => {
    if (one.kind !== 'commands') return isSameUnit(one, service) ? [] : [halt(one, at)];
    const stopped = stop(one, at);
    return stopped ? [or(stopped, argv('true'))] : [];
  });
  return and(...stopping, switching, start(service, at));
}

const isSameUnit = (one: Service, other: Service): boolean =>
  one.kind === other.kind && one.kind !== 'commands' && other.kind !== 'commands' && one.unit === other.unit;

/** The last lines of its log since it was started; null when nobody said where that is. */
export function logTail(service: Service, path: string, lines: number): Command | null {
  if (service.kind !== 'commands') return unitLog(service, path, lines);
  const log = logFile(service, path);
  return log === null ? null : fileLog(path, log, lines);
}

/** A path that is not absolute is below the release. */
const logFile = ({ log }: Extract<Service, { readonly kind: 'commands' }>, path: string): string | null =>
  log === null || log.startsWith('/') ? log : `${path}/current/${log}`;
