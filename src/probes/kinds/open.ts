/** The probe of a target, by its kind. */
import type { WatchSubject } from '../../config/types.ts';
import type { Exec, Ssh, Store } from '../../ports/ports.ts';
import type { Probe } from './check.ts';
import { HttpProbe } from './http.ts';
import { tcpProbe } from './socket.ts';
import { commandProbe, heartbeatProbe, redisProbe, sshProbe, type OpenRedisServer } from './through-ports.ts';
import { tlsProbe } from './tls.ts';

export interface TargetPorts {
  readonly app: string;
  /** Of canopy.yml: commands run there. */
  readonly folder: string;
  readonly now: () => number;
  readonly ssh: () => Promise<Ssh>;
  readonly redis: OpenRedisServer;
  readonly exec: () => Promise<Exec>;
  readonly store: () => Promise<Store>;
}

/** `onBroken`: a connection that is kept has ended while nobody asked. */
export function openProbe({ name, probe }: WatchSubject, ports: TargetPorts, onBroken: () => void): Probe {
  if (probe === null) throw new TypeError(`${name} is not asked`);
  switch (probe.kind) {
    case 'http':
      return new HttpProbe(probe, onBroken);
    case 'tcp':
      return tcpProbe(probe);
    case 'tls':
      return tlsProbe(probe);
    case 'ssh':
      return sshProbe(name, probe.address, ports.ssh);
    case 'redis':
      return redisProbe(probe.store, ports.redis, onBroken);
    case 'command':
      return commandProbe(name, probe.command, ports);
    case 'heartbeat':
      return heartbeatProbe(name, probe.withinMs, ports);
  }
}
