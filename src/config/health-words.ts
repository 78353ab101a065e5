/** The check of an instance's health in words. Pure. */
import type { Instance } from './types.ts';

/** What is asked. */
export function probed({ health: { probe }, docker }: Instance): string {
  switch (probe.kind) {
    case 'http':
      return `GET ${probe.path} answers ${probe.status}`;
    case 'tcp':
      return `port ${probe.port} is open`;
    case 'command':
      return `the command ends with 0: ${probe.command.join('; ')}`;
    case 'running':
      return docker === null
        ? 'the service runs, and its main process stays the same where systemd tells it'
        : 'the container runs without being restarted, and the HEALTHCHECK of its image passes when it has one';
  }
}

/** Only HTTP is asked from elsewhere than the instance's own machine. */
export const askedFrom = ({ health }: Instance): string =>
  health.probe.kind === 'http' && health.from !== 'instance' ? health.from : 'instance';

/** What proves that it is the release which answers; where that may not be looked at, the outcome says `not proven`. */
export function proofOf({ health, service, docker }: Instance): string {
  if (health.release !== null)
    return health.release.startsWith('/')
      ? `${health.release} in the JSON of the answer`
      : `header ${health.release}`;
  const { kind } = health.probe;
  const hasPort = kind === 'http' || kind === 'tcp';
  if (docker !== null)
    return `docker: the label of the container that runs${hasPort ? ', and that its port is not held by others' : ''}`;
  if (service.kind === 'commands')
    return hasPort
      ? 'who holds the port: it works in the release, or what it has started does, or its user opened the port after the switch'
      : 'a process that works in the release';
  if (kind === 'running') return 'systemd: the service runs';
  return hasPort
    ? 'who holds the port: a process of the unit, or systemd for it, or its user since the switch'
    : 'the folder or program of the main process';
}

/** How long it has to stay healthy: a probe that only looks whether it runs goes on for its own time. */
export const holdMsOf = ({ health: { probe } }: Instance, healthyForMs: number): number =>
  probe.kind === 'running' ? Math.max(probe.forMs, healthyForMs) : healthyForMs;
