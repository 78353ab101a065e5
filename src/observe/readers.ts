/** One reader for each part of the snapshot. */
import { viewBalancer } from '../balancer/index.ts';
import type { Environment } from '../config/types.ts';
import { environmentOf, readJournal, tryAll } from '../deploy/index.ts';
import { listFlags } from '../flags/index.ts';
import { show } from '../lock/index.ts';
import { deployKey } from '../store-keys.ts';
import { liveRouters } from '../traffic/index.ts';
import { readCounted } from './counted.ts';
import { deploySnapshotOf, serverSnapshotOf } from './parts.ts';
import type { AppSnapshot, ByEnvironment, DeploySnapshot, RolloutSnapshot } from './snapshot.ts';
import type { Source } from './source.ts';

export const readers: { readonly [P in keyof AppSnapshot]: (source: Source) => Promise<AppSnapshot[P]> } = {
  traffic: async ({ config, store, state }) => ({
    routers: config.traffic === null ? [] : (await liveRouters(config.app, store)).leases,
    state: await state(),
  }),
  rollout,
  locks: (source) =>
    each(source, (environment) =>
      source.readable(() => show({ app: source.config.app, environment }, source.store)),
    ),
  deploys: (source) => each(source, (environment) => source.readable(() => lastDeploy(source, environment))),
  flags: async ({ config, store, open, log }) =>
    (await listFlags(config.app, { store, clock: open.clock, log })).flags,
  servers,
  balancer: ({ config, open, store, log, readable }) =>
    readable(() => viewBalancer(config, { ...open, store, clock: open.timer, log })),
  counted: readCounted,
};

async function each<T>(
  { environments }: Source,
  work: (environment: string) => Promise<T>,
): Promise<ByEnvironment<T>> {
  return Object.fromEntries(
    await Promise.all(environments.map(async (name) => [name, await work(name)] as const)),
  );
}

async function rollout({ config, store, log, state }: Source): Promise<RolloutSnapshot | null> {
  const salt = (await state())?.salt ?? '';
  if (salt === '') return null;
  // The judge and the gates come with it: who asks for no canary does without.
  const { readRollout, sentenceOf } = await import('../canary/index.ts');
  const found = await readRollout(config.app, salt, { store, log });
  if (found === null) return null;
  const { release, startedAt, step, outcome, analysis } = found;
  return { release, startedAt, step, outcome, sentence: analysis === null ? null : sentenceOf(found) };
}

async function lastDeploy({ config, store }: Source, environment: string): Promise<DeploySnapshot | null> {
  const key = deployKey(config.app, environment);
  const text = await store.get(key);
  return text === null ? null : deploySnapshotOf(readJournal(text, key));
}

/** `ssh.concurrency` holds for all of them together. */
async function servers({ config, environments, open }: Source): Promise<AppSnapshot['servers']> {
  const all: Record<string, AppSnapshot['servers'][string]> = {};
  for (const group of withoutNamesakes(environments.map((name) => environmentOf(config, name)))) {
    const instances = group.flatMap((environment) => environment.instances);
    const { facts, failed } = await tryAll(instances, open, config.ssh.concurrency);
    for (const environment of group)
      all[environment.name] = Object.fromEntries(
        environment.instances.map((one) => [one.name, serverSnapshotOf(one, facts, failed)]),
      );
  }
  return all;
}

/** Instances are asked by their names: two environments that have a name in common are asked one after the other. */
function withoutNamesakes(environments: readonly Environment[]): Environment[][] {
  const groups: { readonly names: Set<string>; readonly members: Environment[] }[] = [];
  for (const environment of environments) {
    const names = environment.instances.map(({ name }) => name);
    const free = groups.find((group) => !names.some((name) => group.names.has(name)));
    const group = free ?? { names: new Set<string>(), members: [] };
    if (free === undefined) groups.push(group);
    group.members.push(environment);
    for (const name of names) group.names.add(name);
  }
  return groups.map(({ members }) => members);
}
