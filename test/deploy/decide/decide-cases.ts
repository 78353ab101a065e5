/** Deploys as data: what fails, what stops them, and how they end. */
import { expect } from 'chai';
import type { Halt } from '../../../src/deploy/model/actions.ts';
import type { Plan } from '../../../src/deploy/model/plan.ts';
import { play } from '../../soak/decisions.ts';

export interface Case {
  readonly plan: Plan;
  /** Actions that fail, as the waves name them. */
  readonly fails?: readonly string[];
  /** What stops it, after so many waves. */
  readonly stop?: readonly [waves: number, halt: Halt];
  readonly end: string;
  /** The last waves, after those that every deploy begins with. */
  readonly last: readonly string[];
  readonly reasons?: readonly string[];
}

/** A test for each. */
export function checkCases(cases: Readonly<Record<string, Case>>): void {
  for (const [what, { plan: of, fails = [], stop, end, last, reasons }] of Object.entries(cases))
    it(what, () => {
      const played = play(
        of,
        ({ kind, instance }) => fails.includes(`${kind} ${instance}`),
        (steps) => (stop && steps >= stop[0] ? stop[1] : null),
      );
      expect(played.end).to.equal(end);
      expect(last.length === 0 ? [] : played.waves.slice(-last.length)).to.deep.equal(last);
      if (reasons) expect(played.reasons).to.deep.equal(reasons);
    });
}
