/** An instance behind a shell: what is asked is a script of src/commands, what it prints is read here. */
import { explainFailure } from '../../commands/command-errors.ts';
import type { Command, Effect } from '../../commands/core/command.ts';
import { readRecord } from '../../commands/release/release-folder.ts';
import { runtimeOf } from '../../commands/runtime.ts';
import type { Instance } from '../../config/types.ts';
import { fail } from '../../errors.ts';
import type { Host, Ran } from '../../ports/ports.ts';
import { userOf } from '../../shared/system/user-of.ts';
import { errorLine } from '../../shared/text/error-line.ts';
import { cut } from '../../shared/text/line.ts';
import { parseFacts } from '../model/facts.ts';
import { logIn } from '../model/service/service-log.ts';
import type { HealthAnswer, InstanceRuntime } from './instance-runtime.ts';
import { readProof, readState } from './proof-facts.ts';

export function shell(instance: Instance, host: Host): InstanceRuntime {
  const { name, path } = instance;
  const scripts = runtimeOf(instance);
  const run = (command: Command, effect: Effect, title: string, timeoutMs = 30_000): Promise<Ran> =>
    host.run({ command, effect, title, timeoutMs });
  return {
    facts: async (asked) => {
      const title = 'read the facts';
      const ran = await run(scripts.facts(asked), 'read', title, 60_000);
      if (ran.code !== 0) throw explainFailure(name, title, ran, { path, user: userOf(instance) });
      const facts = parseFacts(ran.stdout);
      if (facts === null) throw fail('facts-unreadable', { host: name, detail: cut(ran.stdout, 120) });
      return facts;
    },
    runs: async (effect) => {
      const steady = scripts.steady();
      const ran = await run(steady ?? scripts.status(), effect, 'ask whether the service runs');
      const answer = answerOf(ran);
      const isTold = steady !== null && answer.ok && !ran.assumed;
      return isTold ? { ...answer, process: ran.stdout.trim() } : answer;
    },
    ask: async (id, lines, effect) =>
      answerOf(await run(scripts.ask({ path, id }, lines), effect, 'ask the health command')),
    state: async () => {
      const command = scripts.state();
      const ran = command && (await run(command, 'check', 'ask whether the service has ended'));
      return ran === null || ran.assumed || ran.code !== 0 ? null : readState(ran.stdout);
    },
    proof: async ({ release, ...asked }, effect) => {
      const title = `look whose process answers for ${release}`;
      const ran = await run(scripts.proof(asked), effect, title, 60_000);
      if (ran.assumed) return null;
      return readProof(ran.stdout) ?? { silent: errorLine(ran) ?? `exit code ${ran.code}` };
    },
    record: async (id) => {
      const ran = await run(readRecord({ path, id }), 'read', `read by which check ${id} is judged`);
      return ran.code === 0 ? ran.stdout : null;
    },
    log: async (lines) => {
      const command = scripts.log(lines);
      if (command === null) return null;
      const ran = await run(command, 'check', 'read the log of the service', 20_000);
      return ran.assumed ? { log: [], manager: [] } : logIn(ran);
    },
  };
}

function answerOf(ran: Ran): HealthAnswer {
  const { code } = ran;
  const said = ran.assumed ? '' : `exit ${code}`;
  if (code === 0) return { ok: true, reason: 'runs', said };
  return { ok: false, reason: `exit code ${code} ${errorLine(ran) ?? ''}`.trim(), said };
}
