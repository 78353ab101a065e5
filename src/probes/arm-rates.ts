/** From what was counted since the beginning to requests a second and errors, of the last seconds. Pure but for its own state. */
import type { ProbeSample } from './samples.ts';

interface Counted {
  readonly requests: number;
  readonly errors: number;
}
/** Of one who counts; `source` is another one after a restart of it. */
export interface ArmReading {
  readonly source: string;
  readonly stable: Counted;
  readonly canary: Counted;
}

/** Who counts writes every two seconds, and not at the time at which we read: over less it would seem to come in bursts. */
const OVER_MS = 10_000;

type CountedArm = 'stable' | 'canary';

export class ArmRates {
  #readings: { readonly at: number; readonly all: readonly ArmReading[] }[] = [];

  /** `all` null or empty: nobody counts now. Until there are two readings, and without requests, nothing is known of errors. */
  samples(all: readonly ArmReading[] | null, at: number): ProbeSample[] {
    if (all === null || all.length === 0) {
      this.#readings = [];
      return this.#told(null, at);
    }
    // A clock that was put back has no past.
    const past = this.#readings.filter((one) => one.at < at);
    const within = past.filter((one) => at - one.at <= OVER_MS);
    const oldest = within[0] ?? past.at(-1);
    this.#readings = [...(within.length > 0 ? within : past.slice(-1)), { at, all }];
    if (oldest === undefined) return this.#told(null, at);
    const seconds = (at - oldest.at) / 1000;
    const gained = { stable: gain(oldest.all, all, 'stable'), canary: gain(oldest.all, all, 'canary') };
    return this.#told({ gained, seconds }, at);
  }

  #told(
    found: { readonly gained: Readonly<Record<CountedArm, Counted>>; readonly seconds: number } | null,
    at: number,
  ): ProbeSample[] {
    const of = (target: string, arms: readonly CountedArm[]): ProbeSample[] => {
      const sum = (what: keyof Counted): number =>
        arms.reduce((all, arm) => all + (found?.gained[arm][what] ?? 0), 0);
      const requests = sum('requests');
      return [
        { metric: 'requests', target, value: found === null ? null : requests / found.seconds, at },
        {
          metric: 'errors',
          target,
          value: found === null || requests === 0 ? null : (100 * sum('errors')) / requests,
          at,
        },
      ];
    };
    return [...of('traffic', ['stable', 'canary']), ...of('stable', ['stable']), ...of('canary', ['canary'])];
  }
}

/** A source that is new counts from now on; one whose counters have fallen has begun again. */
function gain(before: readonly ArmReading[], after: readonly ArmReading[], arm: CountedArm): Counted {
  const all = after.flatMap((reading) => {
    const then = before.find(({ source }) => source === reading.source)?.[arm];
    const now = reading[arm];
    if (then === undefined) return [];
    return now.requests < then.requests
      ? [now]
      : [{ requests: now.requests - then.requests, errors: Math.max(0, now.errors - then.errors) }];
  });
  return all.reduce(
    (sum, one) => ({ requests: sum.requests + one.requests, errors: sum.errors + one.errors }),
    {
      requests: 0,
      errors: 0,
    },
  );
}
