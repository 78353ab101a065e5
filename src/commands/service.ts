/** The service of an instance: started, stopped and asked by systemd or by the user's own commands. */
import type { Service } from '../config/types.ts';
import { and, argv, or, type Command } from './command.ts';
import { inRelease, type ReleaseFiles } from './release.ts';

/** Stops what runs now. Own commands run in the release that `current` names; without one there is nothing to stop. */
export function stop(service: Service, path: string, hasCurrent: boolean): Command | null {
  if (service.kind === 'commands') return hasCurrent ? inRelease({ current: path }, service.stop) : null;
  // systemd restarts in one go after the switch: the pause without a service is shorter.
  return null;
}

/** Starts the release that `current` names by now. */
export function start(service: Service, release: ReleaseFiles): Command {
  if (service.kind === 'commands') return inRelease({ current: release.path }, service.start);
  return argv(...systemctl(service), 'restart', `${service.unit}.service`);
}

/** Stops for good: there is no earlier release to go back to. */
export function halt(service: Service, path: string): Command {
  if (service.kind === 'commands') return inRelease({ current: path }, service.stop);
  return argv(...systemctl(service), 'stop', `${service.unit}.service`);
}

/** Exit code 0 while the service runs. */
export function status(service: Service, path: string): Command {
  if (service.kind === 'commands') return inRelease({ current: path }, service.status);
  return argv('systemctl', ...scope(service), 'is-active', '--quiet', `${service.unit}.service`);
}

/** Prints the working folder and the program of the main process: which release it belongs to. Systemd only. */
export function mainProcess(service: Service): Command | null {
  if (service.kind === 'commands') return null;
  const unit = `${service.unit}.service`;
  const pid = ['systemctl', ...scope(service), 'show', '-p', 'MainPID', '--value', unit];
  return {
    kind: 'script',
    text: 'pid=$("$@") && [ "$pid" -gt 0 ] && for f in cwd exe; do readlink "/proc/$pid/$f" || sudo -n readlink "/proc/$pid/$f" || true; done',
    args: pid,
  };
}

/** Stop, switch, start as one command: nothing can come between. */
export function activate(
  service: Service,
  release: ReleaseFiles,
  hasCurrent: boolean,
  switching: Command,
): Command {
  const stopping = stop(service, release.path, hasCurrent);
  return and(...(stopping ? [or(stopping, argv('true'))] : []), switching, start(service, release));
}

const systemctl = (service: { readonly kind: string }): string[] =>
  service.kind === 'systemd' ? ['sudo', '-n', 'systemctl'] : ['systemctl', '--user'];
const scope = (service: { readonly kind: string }): string[] =>
  service.kind === 'systemd' ? [] : ['--user'];
