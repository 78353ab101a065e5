import type { TrafficConfig } from '../src/config/types.ts';
import { defineStep } from '../src/step/declare/define.ts';

export default defineStep({
  name: 'lock',
  summary: 'shows who holds an environment, or takes the lock away from a dead holder',
  description: `A deploy holds its environment by a lease that expires by itself when nobody renews it, so that release is rarely needed.
Without --steal only the Jenkins build that took a lock can release it. After --steal the servers refuse the commands of the former
holder. release also takes an environment that was left mixed as it is.`,
  params: {
    action: {
      type: 'choice',
      describe: 'what to do',
      values: ['show', 'release'],
      default: 'show',
      positional: 0,
    },
    environment: {
      type: 'string',
      describe: 'the environment; show: all when left out',
      placeholder: 'NAME',
    },
    steal: { type: 'boolean', describe: 'take the lock of another run away', actions: ['release'] },
  },
  secrets: ['CANOPY_STORE'],
  uses: ['store'],
  docs: ['deploying'],
  examples: [
    { command: 'canopy lock show', says: 'who holds what' },
    {
      command: 'canopy lock release --steal --environment production',
      says: 'takes it away from a run that is dead for sure',
    },
  ],
  run: async ({ params, config, open, log, actor }) => {
    const { nameOf, show, release, termOf } = await import('../src/lock/index.ts');
    const { unblock } = await import('../src/deploy/index.ts');
    const { app, environments, traffic } = await config();
    const store = await open.store();
    if (params.action === 'show') {
      const names =
        params.environment === null ? Object.keys(environments) : sidesOf(params.environment, traffic);
      const found = await Promise.all(
        names.map(async (environment) => ({ environment, lock: await show({ app, environment }, store) })),
      );
      const locks = found.flatMap(({ environment, lock }) =>
        lock === null ? [] : [{ environment, ...lock }],
      );
      const lines = locks.map((lock) =>
        `${lock.environment}: ${nameOf(lock)} since ${termOf(lock)}: ${lock.reason} ${lock.url}`.trim(),
      );
      const free = names.length === 1 ? `${names[0]} is not locked` : 'no environment is locked';
      return { outcome: 'done', data: { locks }, text: lines.join('\n') || free };
    }
    if (params.environment === null) {
      const { fail } = await import('../src/errors/common.ts');
      throw fail('usage', { reason: 'release needs --environment', step: 'lock' });
    }
    const environment = params.environment;
    const ports = { store, clock: open.clock, log };
    const { outcome, was } = await release({ app, environment, actor, steal: params.steal }, ports);
    const unblocked = await unblock({ app, environment, actor, steal: params.steal }, ports);
    const holder =
      was === null ? 'a record that was not ours is removed' : `was held by ${nameOf(was)}: ${was.reason}`;
    const said = outcome === 'unchanged' ? `${environment} was not locked` : `${environment}: ${holder}`;
    const text = unblocked ? `${said}\n${environment} was left mixed: it is taken as it is now` : said;
    return { outcome: unblocked ? 'done' : outcome, data: { was, unblocked }, text };
  },
});

/** An environment and the other side of the traffic: a promote needs both, so whoever holds one is in its way. */
function sidesOf(environment: string, traffic: TrafficConfig | null): string[] {
  const sides = [traffic?.stable, traffic?.canary].filter((name) => typeof name === 'string');
  return sides.includes(environment) ? sides : [environment];
}
