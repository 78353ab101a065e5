/** The steps deploy and rollback: goods, lease, roll out. */
import { isReleaseId } from '../artifact/index.ts';
import { fail } from '../errors.ts';
import type { Lease } from '../lock/index.ts';
import { earlierRelease } from './plan/facts.ts';
import { goodsOf, heldRelease, type Goods } from './goods.ts';
import { groupsOf } from './plan/groups.ts';
import { greet, survey } from './servers/hosts.ts';
import { underLease } from './lease.ts';
import { rollOut } from './run.ts';
import { chosen, environmentOf, type Setting } from './setting.ts';
import type { DeployReport } from './report/summary.ts';
import { balancerOf, undertake } from './undertake.ts';

/** Puts an artifact on an environment. `path` is the archive or its manifest; null is the newest that was packaged here. */
export async function deploy(setting: Setting, path: string | null): Promise<DeployReport> {
  greet(chosen(environmentOf(setting.config, setting.environment), setting.only), setting.open);
  return deliver(setting, await goodsOf(setting, path));
}

/** The same with goods that were looked for before: nothing of them is read twice. */
export function deliver(setting: Setting, goods: Goods): Promise<DeployReport> {
  const { irreversible } = setting.config.artifact;
  return underLease(setting, `deploy ${goods.shipped.release}`, (lease) =>
    undertake(setting, lease, { ...goods, action: 'deploy', unblocks: false, irreversible }, rollOut),
  );
}

/** Goes back to a release that the servers still hold: `to`, or the newest healthy one before the present. */
export async function rollback(setting: Setting, to: string | null): Promise<DeployReport> {
  // It is written down in the lock: nothing goes in that is no release.
  const reason = `rollback to ${to === null ? 'the previous release' : isReleaseId(to) ? to : 'another release'}`;
  return underLease(setting, reason, async (lease) => {
    const goods = heldRelease(setting, to ?? (await previousRelease(setting, lease)));
    return undertake(
      setting,
      lease,
      { ...goods, action: 'rollback', unblocks: true, irreversible: false },
      rollOut,
    );
  });
}

async function previousRelease(setting: Setting, lease: Lease): Promise<string> {
  const environment = environmentOf(setting.config, setting.environment);
  const instances = chosen(environment, setting.only);
  const { facts } = await survey(instances, setting.open, setting.config.ssh.concurrency);
  const { groups } = environment.rollout;
  const of = (names: readonly string[]) => names.flatMap((name) => facts[name] ?? []);
  let found = earlierRelease(of(instances.map(({ name }) => name)));
  if (groups !== null) {
    // The way back is the group that served before: what it holds is what is switched to.
    const drained = (await (await balancerOf(setting, lease))?.drained()) ?? [];
    const [, idle] = groupsOf({ tags: groups, instances, facts, drained, release: null });
    const [first, ...others] = new Set(of(idle).map(({ current }) => current));
    found = others.length === 0 ? (first ?? null) : null;
  }
  if (found === null) throw fail('no-earlier-release', { environment: environment.name });
  return found;
}
