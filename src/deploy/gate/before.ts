/** The health of the instances that a deploy changes, asked once before it touches them. */
import type { Instance } from '../../config/types.ts';
import type { Problem } from '../../errors.ts';
import { lookUp } from '../../shared/look-up.ts';
import { withService } from '../model/kept-service.ts';
import type { Http } from '../../ports/ports.ts';
import type { FactsByInstance } from '../model/facts.ts';
import { trackOf, type Plan } from '../model/plan.ts';
import { hostOf } from '../servers/change.ts';
import type { ConnectedFleet } from '../context/deploy-context.ts';
import { tryEach } from '../servers/try-each.ts';
import { askHealth, type AskPorts } from './ask.ts';
import { withKeptCheck } from './kept.ts';

interface Before {
  /** Nothing is to be switched whose health nobody can ask. That it is not healthy now is no problem. */
  readonly against: readonly Problem[];
  /** What it said, for each whose release was deployed without a check that is kept: on the way back it is judged by that. */
  readonly answered: Readonly<Record<string, string>>;
}

interface Asking {
  readonly instances: readonly Instance[];
  readonly plan: Plan;
  readonly fleet: ConnectedFleet;
  readonly http: () => Promise<Http>;
  readonly limit: number;
}

export async function askBefore({ instances, plan, fleet, http, limit }: Asking): Promise<Before> {
  const answered: Record<string, string> = {};
  const against = await tryEach(instances, limit, async (instance) => {
    const { name } = instance;
    const goesBack = currentToKeep(plan, name, fleet.facts);
    const kept = goesBack === null ? undefined : lookUp(fleet.facts[name]?.services ?? {}, goesBack);
    const host = hostOf(fleet, instance);
    const said = await askOne(withService(instance, kept ?? null), goesBack, { host, http });
    if (said !== null) answered[name] = said;
  });
  return { against, answered };
}

/** What runs there, where it is what the instance would go back to; else null. */
function currentToKeep(plan: Plan, name: string, facts: FactsByInstance): string | null {
  const previous = trackOf(plan, name)?.previous ?? null;
  return facts[name]?.current === previous ? previous : null;
}

/** Null where what it says is of no use. */
async function askOne(instance: Instance, goesBack: string | null, ports: AskPorts): Promise<string | null> {
  const isOpen = goesBack !== null && (await withKeptCheck(instance, goesBack, ports.host)) === null;
  if (!isOpen && !isThroughServer(instance)) return null;
  const { said } = await askHealth(instance, goesBack ?? '', ports, 'read');
  return isOpen ? said : null;
}

/** Its server is to open a connection for the gate. */
const isThroughServer = ({ health: { probe, from } }: Instance): boolean =>
  probe.kind === 'tcp' || (probe.kind === 'http' && from === 'instance');
