/** Traffic that a canary and stable might get: errors alone, in bursts, in spells of one arm or of both. */
import { binomial, type RandomDraw } from '../../src/judge/statistics/draws.ts';
import type { Bucket } from '../../src/judge/statistics/tally.ts';

export type Shape =
  | { readonly kind: 'alone' }
  /** Errors of one second belong together: beta-binomial, correlation 0.2. */
  | { readonly kind: 'bursts' }
  /** Half of all errors come in spells of so many seconds on the average, in which a fifth fails. */
  | { readonly kind: 'spells'; readonly seconds: number; readonly shared: boolean };

export interface Arm {
  /** Requests a second, a whole number. */
  readonly requests: number;
  readonly errorRate: number;
}

/** Buckets of ten seconds, one after the other. */
export function traffic(random: RandomDraw, shape: Shape, canary: Arm, stable: Arm): () => Bucket {
  if (shape.kind === 'alone') return () => ({ canary: ten(random, canary), stable: ten(random, stable) });
  if (shape.kind === 'bursts') {
    const [own, other] = [bursts(random, canary), bursts(random, stable)];
    return () => ({ canary: sum(canary, own), stable: sum(stable, other) });
  }
  const spell = spells(random, shape.seconds);
  const [rateA, rateB] = [spell(canary.errorRate), spell(stable.errorRate)];
  return () => {
    let [hitsA, hitsB] = [0, 0];
    for (let second = 0; second < 10; second += 1) {
      const inA = rateA();
      const inB = shape.shared ? inA : rateB();
      hitsA += binomial(random, canary.requests, inA ? 0.2 : canary.errorRate / 2);
      hitsB += binomial(random, stable.requests, inB ? 0.2 : stable.errorRate / 2);
    }
    return {
      canary: { requests: 10 * canary.requests, hits: hitsA },
      stable: { requests: 10 * stable.requests, hits: hitsB },
    };
  };
}

const ten = (random: RandomDraw, { requests, errorRate }: Arm): Bucket['canary'] => ({
  requests: 10 * requests,
  hits: binomial(random, 10 * requests, errorRate),
});

function sum({ requests }: Arm, second: () => number): Bucket['canary'] {
  let hits = 0;
  for (let at = 0; at < 10; at += 1) hits += second();
  return { requests: 10 * requests, hits };
}

/** Errors of one second, as from an urn into which each one puts more of its kind. */
function bursts(random: RandomDraw, { requests, errorRate }: Arm): () => number {
  const weight = 1 / 0.2 - 1;
  const bad = weight * errorRate;
  const chance = (hits: number, drawn: number): number => (bad + hits) / (weight + drawn);
  // Most seconds have none: the chance that nothing has failed before each request.
  const clean = [1];
  for (let at = 0; at < requests; at += 1) clean.push((clean[at] ?? 0) * (1 - chance(0, at)));
  return () => {
    const luck = random();
    if (luck < (clean[requests] ?? 0)) return 0;
    let at = 0;
    while (at < requests && luck < (clean[at + 1] ?? 0)) at += 1;
    let hits = 1;
    for (at += 1; at < requests; at += 1) if (random() < chance(hits, at)) hits += 1;
    return hits;
  };
}

/** Whether this second belongs to a spell. */
function spells(random: RandomDraw, seconds: number): (errorRate: number) => () => boolean {
  return (errorRate) => {
    const share = errorRate / 2 / 0.2;
    const begins = share / (seconds * (1 - share));
    let inside = random() < share;
    return () => {
      inside = inside ? random() >= 1 / seconds : random() < begins;
      return inside;
    };
  };
}
