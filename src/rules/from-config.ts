/** The rules of canopy.yml with the targets that each is about. Pure. */
import { isMeant, subjectsOf } from '../config/rules/subjects.ts';
import type { Config, WatchRule, WatchSubject } from '../config/types.ts';
import { PROMETHEUS, type Rule } from './rule-board.ts';

export interface WatchedRule {
  readonly config: WatchRule;
  readonly rule: Rule;
}

/** Nobody should have to write that what is down is wrong. */
const downRule: WatchRule = {
  name: 'down',
  when: [{ metric: 'down', op: '>', value: 0 }],
  of: [],
  forMs: 0,
  recoverMs: null,
  severity: 'critical',
  notify: null,
  do: [],
};

/** A file without a rule about `down` has one of that name, about all that can be. */
export function rulesOf(config: Config): WatchedRule[] {
  const subjects = subjectsOf(config);
  const written = config.watch?.rules ?? [];
  const isThere = written.some(
    ({ name, when }) => name === downRule.name || when.some(({ metric }) => metric === 'down'),
  );
  return [...written, ...(isThere ? [] : [downRule])].map((rule) => ({
    config: rule,
    rule: {
      name: rule.name,
      when: rule.when,
      targets: targetsOf(rule, subjects),
      forMs: rule.forMs,
      recoverMs: rule.recoverMs ?? rule.forMs,
    },
  }));
}

/** Those that it means and of which all its metrics are measured; what Prometheus alone is asked for is about itself. */
function targetsOf({ name, of, when }: WatchRule, subjects: readonly WatchSubject[]): string[] {
  const metrics = when.map(({ metric }) => metric).filter((metric) => !metric.startsWith(PROMETHEUS));
  if (metrics.length === 0) return [name];
  return subjects
    .filter(
      (one) =>
        isMeant(of, one) && metrics.every((metric) => (one.metrics as readonly string[]).includes(metric)),
    )
    .map((one) => one.name);
}
