/** One question to the health of an instance. */
import { runtimeOf } from '../../commands/runtime.ts';
import type { Instance } from '../../config/types.ts';
import type { Effect } from '../../commands/core/command.ts';
import type { Host, Http, Ran } from '../../ports/ports.ts';
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
  const { health, path } = instance;
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
    case 'command': {
      const command = runtimeOf(instance).ask({ path, id: release }, probe.command);
      return judgeRan(await host.run({ command, effect, title: 'ask the health command', timeoutMs }));
    }
    case 'running':
      return askWhetherItRuns(instance, host, effect);
  }
}

const timeoutMs = 30_000;

async function askWhetherItRuns(instance: Instance, host: Host, effect: Effect): Promise<HealthAnswer> {
  const runtime = runtimeOf(instance);
  const which = runtime.steady();
  const command = which ?? runtime.status();
  const ran = await host.run({ command, effect, title: 'ask whether the service runs', timeoutMs });
  const judged = judgeRan(ran);
  return which !== null && judged.ok && !ran.assumed ? { ...judged, process: ran.stdout.trim() } : judged;
}

function judgeRan(ran: Ran): HealthAnswer {
  const { code } = ran;
  const said = ran.assumed ? '' : `exit ${code}`;
  if (code === 0) return { ok: true, reason: 'runs', said };
  return { ok: false, reason: `exit code ${code} ${errorLine(ran) ?? ''}`.trim(), said };
}
