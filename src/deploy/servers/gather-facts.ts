/** Connects to the instances and reads their facts; every instance that cannot be reached is named at once. */
import type { Instance } from '../../config/types.ts';
import { failAll, hostIn, type Problem } from '../../errors.ts';
import { lookUp } from '../../shared/look-up.ts';
import type { Host } from '../../ports/ports.ts';
import type { ConnectedFleet, PlanContext } from '../context/deploy-context.ts';
import { byWhatItWasStarted, type InstanceFacts } from '../model/facts.ts';
import { isChanged, withService } from '../model/kept-service.ts';
import type { FactsOptions } from '../runtime/instance-runtime.ts';
import { runtimeOn } from '../runtime/runtimes.ts';
import { tryEach } from './try-each.ts';

type Reach = Pick<PlanContext, 'ssh' | 'local'>;

/** For a deploy: asks about the units too (and what a host noted of the last deploy), and throws one error that names every instance which did not answer: nothing has been touched by then. */
export async function gatherFacts(
  instances: readonly Instance[],
  reach: Reach,
  limit: number,
  withJournal = false,
): Promise<ConnectedFleet> {
  const { hosts, facts, problems } = await tryAll(instances, reach, limit, { withUnit: true, withJournal });
  if (problems.length > 0) throw failAll(problems);
  return { hosts, facts };
}

/** The same, and what could not be reached is told beside what could. */
export async function tryAll(
  instances: readonly Instance[],
  reach: Reach,
  limit: number,
  asked: FactsOptions = { withUnit: false, withJournal: false },
): Promise<
  ConnectedFleet & { readonly problems: readonly Problem[]; readonly failed: ReadonlyMap<string, string> }
> {
  const hosts = new Map<string, Host>();
  const facts: Record<string, InstanceFacts> = {};
  const failed = new Map<string, string>();
  const ask = async (instance: Instance): Promise<void> => {
    const host = await connect(instance, reach);
    hosts.set(instance.name, host);
    facts[instance.name] = await factsOf(instance, host, asked);
  };
  const problems = await tryEach(instances, limit, ask, ({ name }, error) => {
    failed.set(name, error.message);
    return error.problems.map((item) => ({ ...item, message: named(name, item) }));
  });
  return { hosts, facts, problems, failed };
}

/** Connects while something else goes on here. Who cannot be reached is told when it is asked for its facts. */
export function preconnect(instances: readonly Instance[], reach: Reach): void {
  for (const instance of instances) connect(instance, reach).catch(() => undefined);
}

async function connect(instance: Instance, reach: Reach): Promise<Host> {
  const driver = instance.driver === 'local' ? await reach.local() : await reach.ssh();
  return driver.host({ name: instance.name, host: instance.host ?? 'localhost' });
}

async function factsOf(instance: Instance, host: Host, asked: FactsOptions): Promise<InstanceFacts> {
  const facts = await runtimeOn(instance, host).facts(asked);
  const kept = facts.current === null ? null : (lookUp(facts.services, facts.current) ?? null);
  if (!isChanged(instance, kept)) return facts;
  const own = withService(instance, kept);
  // It was started by something else: whether that runs is told by that alone.
  const unit = { withUnit: true, withJournal: false };
  const there = own === instance ? facts : await runtimeOn(own, host).facts(unit);
  return byWhatItWasStarted(instance, facts, there);
}

/** A way there that failed is told by its address. */
const named = (instance: string, item: Problem): string =>
  hostIn(item) === instance ? item.message : `${instance}: ${item.message}`;
