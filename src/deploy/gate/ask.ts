/** One question to the health of an instance. */
import type { Instance } from '../../config/types.ts';
import type { Host, Http } from '../../ports/ports.ts';
import type { HealthAnswer } from '../runtime/instance-runtime.ts';
import { runtimeOn } from '../runtime/runtimes.ts';
import { judgeAnswer } from './health.ts';

export interface AskPorts {
  readonly host: Host;
  readonly http: () => Promise<Http>;
}

/** `effect`: a check is about what a deploy has changed; what is asked before that is a read. */
export async function askHealth(
  instance: Instance,
  release: string,
  { host, http }: AskPorts,
  effect: 'check' | 'read' = 'check',
): Promise<HealthAnswer> {
  const { health } = instance;
  const { probe, from } = health;
  const options = { effect, timeoutMs: 5000 } as const;
  switch (probe.kind) {
    case 'http': {
      const url = `${instance.url}${probe.path}`;
      const answer = from === 'agent' ? (await http()).get(url, options) : host.get(url, options);
      return judgeAnswer(health, await answer, release);
    }
    case 'tcp': {
      const open = await host.connects('127.0.0.1', probe.port, options);
      const said = open ? 'open' : 'closed';
      return { ok: open, reason: `port ${probe.port} is ${said}`, said };
    }
    case 'command':
      return runtimeOn(instance, host).ask(release, probe.command, effect);
    case 'running':
      return runtimeOn(instance, host).runs(effect);
  }
}
