/** What is said, and what stands against a deploy, where releases were started by something else than canopy.yml says. Pure. */
import { unitAgainst } from '../model/unit.ts';
import type { Instance } from '../../config/types.ts';
import { problem, type Problem } from '../../errors.ts';
import { lookUp } from '../../shared/look-up.ts';
import type { FactsByInstance } from '../model/facts.ts';
import { isOther, showService, type KeptService } from '../model/kept-service.ts';
import { isForeign } from '../model/site.ts';
import { trackOf, type Plan } from '../model/plan.ts';

/** A service cannot take over from a container, nor the other way round; and a unit that is left behind has to be stopped. */
export function serviceObjections(
  instances: readonly Instance[],
  facts: FactsByInstance,
  plan: Plan,
): Problem[] {
  return instances.flatMap((instance) => {
    const { name: host, path, docker } = instance;
    const own = facts[host];
    if (!own) return [];
    const { previous = null, send } = trackOf(plan, host) ?? {};
    const ids = [own.current, previous, send === false ? plan.release : null];
    const other = ids
      .flatMap((id) => (id === null ? [] : { id, kept: lookUp(own.services, id) }))
      .find(({ kept }) => kept !== undefined && (kept.kind === 'docker') !== (docker !== null));
    if (other?.kept) {
      const by = docker === null ? 'a service' : 'a container';
      return [problem('service-other', { host, path, release: other.id, kept: showService(other.kept), by })];
    }
    return own.elsewhere?.unit ? unitAgainst(host, own.elsewhere.unit, true) : [];
  });
}

/** Pairs of an instance and a text. */
export function serviceRemarks(
  instances: readonly Instance[],
  facts: FactsByInstance,
  plan: Plan,
): (readonly [string, string])[] {
  return instances.flatMap((instance) => {
    const { name } = instance;
    const own = facts[name];
    const previous = trackOf(plan, name)?.previous ?? null;
    if (!own || previous === null || isForeign(own, previous)) return [];
    const kept = lookUp(own.services, previous) ?? null;
    return remark(instance, { previous, kept, left: own.elsewhere?.service ?? null }).map(
      (text) => [name, text] as const,
    );
  });
}

interface WayBack {
  readonly previous: string;
  readonly kept: KeptService | null;
  /** What runs was started by that, and no longer is. */
  readonly left: KeptService | null;
}

function remark(instance: Instance, { previous, kept, left }: WayBack): string[] {
  const stays = left !== null && 'unit' in left ? `${showService(left)} is stopped, and stays installed` : '';
  if (kept === null && left !== null)
    return [
      `${previous} was started by ${showService(left)}, which systemd does not know any more: it goes back as canopy.yml says`,
    ];
  if (kept === null) return [`by what ${previous} was started is not known: it goes back as canopy.yml says`];
  if (!isOther(instance, kept)) return [];
  return [
    `${previous} was started by ${showService(kept)} and goes back by it${stays === '' ? '' : `; ${stays}`}`,
  ];
}
