/** How a rule opens an incident: whom canopy.yml tells of it. Pure. */
import type { EscalationLevel, WatchRule } from '../config/types.ts';
import type { Opening } from './collect.ts';
import type { Rung } from './incident.ts';

interface EscalationConfig {
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly escalation: Readonly<Record<string, readonly EscalationLevel[]>>;
}

/** The policy that nobody has to name. */
const DEFAULT_POLICY = 'default';

/** `acts`: what it does beside telling, by name. */
export function openingOf(rule: WatchRule, acts: readonly string[], config: EscalationConfig): Opening {
  const policy = policyOf(rule.notify, config);
  return {
    rule: rule.name,
    severity: rule.severity,
    policy,
    ladder: policy === null ? [] : ladderOf(policy, config),
    acts,
  };
}

/** Null: nobody is told. */
function policyOf(notify: string | null, { escalation }: EscalationConfig): string | null {
  if (notify === 'none') return null;
  const name = notify ?? DEFAULT_POLICY;
  return Object.hasOwn(escalation, name) ? name : null;
}

/** Each person of a level once, in the order of canopy.yml. */
export function ladderOf(policy: string, { escalation, groups }: EscalationConfig): Rung[] {
  const people = (name: string): readonly string[] =>
    Object.hasOwn(groups, name) ? (groups[name] ?? []) : [name];
  return (escalation[policy] ?? []).map(({ tell, by, afterMs, repeat, everyMs }) => ({
    to: [...new Set(tell.flatMap(people))],
    by,
    afterMs,
    repeat,
    everyMs,
  }));
}
