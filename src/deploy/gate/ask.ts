/** One question to the health of an instance. */
import { runtimeOf } from '../../commands/runtime.ts';
import type { Instance } from '../../config/types.ts';
import type { Host, Http } from '../../ports/ports.ts';
import { judgeAnswer, type HealthAnswer } from './health.ts';
import { errorLine } from '../../shared/text/error-line.ts';

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
  const { probe } = instance.health;
  const options = { effect, timeoutMs: 5000 } as const;
  if (probe.kind === 'http') {
    const url = `${instance.url}${probe.path}`;
    const answer =
      instance.health.from === 'agent' ? (await http()).get(url, options) : host.get(url, options);
    return judgeAnswer(instance.health, await answer, release);
  }
  if (probe.kind === 'tcp') {
    const open = await host.connects('127.0.0.1', probe.port, options);
    const said = open ? 'open' : 'closed';
    return { ok: open, reason: `port ${probe.port} is ${said}`, said };
  }
  const place = runtimeOf(instance);
  const which = probe.kind === 'running' ? place.steady() : null;
  const command =
    probe.kind === 'command'
      ? place.ask({ path: instance.path, id: release }, probe.command)
      : (which ?? place.status());
  const title = probe.kind === 'command' ? 'ask the health command' : 'ask whether the service runs';
  const ran = await host.run({ command, effect, title, timeoutMs: 30_000 });
  const reason = ran.code === 0 ? 'runs' : `exit code ${ran.code} ${errorLine(ran) ?? ''}`.trim();
  const judged = { ok: ran.code === 0, reason, said: ran.assumed ? '' : `exit ${ran.code}` };
  return which !== null && ran.code === 0 && !ran.assumed
    ? { ...judged, process: ran.stdout.trim() }
    : judged;
}
