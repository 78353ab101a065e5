import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { judged, logFail, logPass, newEngine, restarted } from '../../src/judge/statistics/engine.ts';
import { betOn, closest, failFactor, passFactor } from '../../src/judge/statistics/factor.ts';
import { PASS_LIMIT, ruledOut } from '../../src/judge/margins.ts';
import { errorMetric, slowMetric } from '../../src/judge/statistics/metric.ts';

const cases = join(import.meta.dirname, '../cases/judge');
const read = <T>(name: string): T => JSON.parse(readFileSync(join(cases, name), 'utf8')) as T;
type Numbers = readonly [number, number, number, number, number, number];
type More = readonly [...Numbers, number];

const factors = read<{
  fail: { given: Numbers; increment: number; q: number; stake: number }[];
  pass: { given: More; increment: number; q?: number }[];
}>('factors.json');

interface Rollout {
  readonly id: string;
  readonly quantile?: number;
  readonly buckets: readonly (readonly [number, number, number, number, number])[];
  /** A start is put before these buckets, from 1. */
  readonly startsBefore?: readonly number[];
  /** Logarithms of the fail and pass capital after that many buckets. */
  readonly after: Readonly<Record<string, readonly [number, number?]>>;
  readonly margins?: readonly number[];
  readonly ruledOut?: number;
  readonly fails: number | null;
  readonly passes: number | null;
}

describe('the judge reproduces its method', () => {
  for (const { given, increment, q, stake } of factors.fail)
    it(`fail factor of ${given.join(', ')}`, () => {
      const [canaryShare, stableShare, count, canary, stable, margin] = given;
      const guess = { canary, stable, margin };
      const bet = betOn(guess, count);
      expect(failFactor(guess, { canary: canaryShare, stable: stableShare }, count)).to.be.closeTo(
        increment,
        1e-6,
      );
      expect(bet.q).to.be.closeTo(q, 1e-6);
      expect(bet.stake).to.be.closeTo(stake, 1e-6);
    });

  for (const { given, increment, q } of factors.pass)
    it(`pass factor of ${given.join(', ')}`, () => {
      const [canaryShare, stableShare, canaryCount, stableCount, canary, stable, margin] = given;
      const guess = { canary, stable, margin };
      const count = { canary: canaryCount, stable: stableCount };
      expect(passFactor(guess, { canary: canaryShare, stable: stableShare }, count)).to.be.closeTo(
        increment,
        1e-6,
      );
      if (q !== undefined) expect(closest(guess, count)).to.be.closeTo(q, 1e-8);
    });

  it('a bucket without a request on one side changes nothing', () => {
    const metric = errorMetric(0.01);
    const engine = judged(metric, newEngine(metric), {
      canary: { requests: 33, hits: 2 },
      stable: { requests: 67, hits: 0 },
    });
    const empty = { requests: 0, hits: 0 };
    const full = { requests: 50, hits: 50 };
    expect(judged(metric, engine, { canary: empty, stable: full })).to.equal(engine);
    expect(judged(metric, engine, { canary: full, stable: empty })).to.equal(engine);
  });

  for (const rollout of read<Rollout[]>('rollouts.json'))
    it(`${rollout.id}: capital after each bucket, and the first verdict`, () => {
      const metric = rollout.quantile === undefined ? errorMetric(0.01) : slowMetric(rollout.quantile);
      let engine = newEngine(metric);
      let bucket = 0;
      let fails: number | null = null;
      let passes: number | null = null;
      const checked: string[] = [];
      for (const [times, requests, hits, stableRequests, stableHits] of rollout.buckets)
        for (let time = 0; time < times; time += 1) {
          bucket += 1;
          if (rollout.startsBefore?.includes(bucket)) engine = restarted(engine);
          engine = judged(metric, engine, {
            canary: { requests, hits },
            stable: { requests: stableRequests, hits: stableHits },
          });
          const [fail, pass] = [logFail(engine), logPass(engine.pass)];
          if (fail >= Math.log(1 / 0.005)) fails ??= bucket;
          if (pass >= PASS_LIMIT) passes ??= bucket;
          const wanted = rollout.after[bucket];
          if (wanted === undefined) continue;
          checked.push(String(bucket));
          expect(fail, `fail after ${bucket}`).to.be.closeTo(wanted[0], 1e-3);
          if (wanted[1] !== undefined) expect(pass, `pass after ${bucket}`).to.be.closeTo(wanted[1], 1e-3);
        }
      expect(checked).to.deep.equal(Object.keys(rollout.after));
      expect({ fails, passes }).to.deep.equal({ fails: rollout.fails, passes: rollout.passes });
      for (const [at, wanted] of (rollout.margins ?? []).entries())
        expect(logPass(engine.margins[at] ?? [])).to.be.closeTo(wanted, 1e-3);
      if (rollout.ruledOut !== undefined) expect(ruledOut(engine)).to.equal(rollout.ruledOut);
    });
});
