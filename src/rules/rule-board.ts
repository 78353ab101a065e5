/** Where every rule is for each of its targets. */
import { judge, type Condition } from './condition.ts';
import type { Readings, Sample } from './readings.ts';
import { began, step, type RuleState } from './step.ts';

/** A query's answer is about the rule that asks it, whatever else that is about. */
export const PROMETHEUS = 'prometheus:';

export interface Rule {
  readonly name: string;
  readonly when: readonly Condition[];
  readonly targets: readonly string[];
  readonly forMs: number;
  readonly recoverMs: number;
}

interface Stand extends RuleState {
  /** When the newest measurement was made that has counted. */
  readonly at: number;
}

interface RuleFound {
  readonly rule: string;
  readonly red: readonly string[];
  readonly green: readonly string[];
}

export class RuleBoard {
  readonly #rules: readonly Rule[];
  readonly #states = new Map<string, Stand>();

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
  }

  /** What holds now, of all rules: a look that is missed costs nothing. */
  look(readings: Readings, now: number): RuleFound[] {
    return this.#rules.map((rule) => {
      const red: string[] = [];
      const green: string[] = [];
      for (const target of rule.targets) (this.#step(rule, target, readings, now) ? red : green).push(target);
      return { rule: rule.name, red, green };
    });
  }

  #step(rule: Rule, target: string, readings: Readings, now: number): boolean {
    const key = `${rule.name} ${target}`;
    const state = this.#states.get(key) ?? { ...began, at: 0 };
    const sampleOf = (metric: string): Sample | null =>
      readings.of(metric, metric.startsWith(PROMETHEUS) ? rule.name : target, now);
    const at = Math.max(0, ...rule.when.map(({ metric }) => sampleOf(metric)?.at ?? 0));
    const verdict = judge(rule.when, sampleOf);
    // One measurement counts once.
    if (verdict !== null && at === state.at) return state.holds;
    const after = step(state, verdict, now, rule);
    this.#states.set(key, { ...after, at });
    return after.holds;
  }

  /** For the store: those that are not as at the beginning. */
  get states(): Readonly<Record<string, RuleState>> {
    const all = [...this.#states].filter(([, { holds, turned }]) => holds || turned > 0);
    return Object.fromEntries(
      all.map(([key, { holds, turnedAt, turned }]) => [key, { holds, turnedAt, turned }]),
    );
  }

  restore(states: Readonly<Record<string, RuleState>>): void {
    for (const [key, state] of Object.entries(states)) this.#states.set(key, { ...state, at: 0 });
  }
}
