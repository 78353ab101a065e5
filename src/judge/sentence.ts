/** A verdict in words. Pure. */
import type { Outcome } from '../shared/verdict.ts';
import type { Analysis } from './analysis.ts';
import { slowFrom, type Quantile } from './statistics/latency.ts';
import type { Count } from './statistics/tally.ts';

/** What of a verdict the words are made from. */
interface SentenceInput {
  readonly outcome: Outcome;
  readonly failed: 'errors' | 'latency' | null;
  readonly canary: Count;
  readonly stable: Count;
  /** Points, as in the verdict. */
  readonly ruledOut: number | null;
  readonly couldHaveSeen: number | null;
  readonly errors: { readonly outcome: Outcome };
  readonly latency: { readonly outcome: Outcome } | null;
  readonly holdUp: string | null;
}

/** `inconclusive after 396 canary requests: 0 of 396 failed, stable 0.1 %; would have seen +15 points`. */
export function sentenceOf(told: SentenceInput, slow: string | null): string {
  const { outcome, failed, canary, stable, couldHaveSeen } = told;
  const head = `${outcome} after ${canary.requests} canary requests`;
  const counted = `${canary.hits} of ${canary.requests} failed, stable ${percent(stable)}`;
  if (outcome === 'fail') return `${head}: ${failed === 'latency' && slow !== null ? slow : counted}`;
  if (canary.requests === 0) return `${head}: ${told.holdUp ?? 'nothing was compared yet'}`;
  const seen =
    couldHaveSeen === null
      ? 'would have seen no increase, however large'
      : `would have seen +${plural(couldHaveSeen)}`;
  return `${head}: ${counted}; ${seen}`;
}

/** Everything that bears on the verdict, the weightiest first. */
export function reasonsOf(told: SentenceInput, analysis: Analysis): string[] {
  const { options, drops, byClass } = analysis;
  const found: string[] = [];
  const margin = `${points(options.maxErrorRateIncrease)} (maxErrorRateIncrease)`;
  if (told.holdUp !== null && told.outcome === 'inconclusive') found.push(told.holdUp);
  if (told.failed === 'errors')
    found.push(`errors: more than ${margin} above stable, confidence ${points(options.confidence)}`);
  if (told.failed === 'latency')
    found.push(
      `latency: more than ${points(options.maxLatencyIncrease ?? 0)} (maxLatencyIncrease) slower than stable`,
    );
  if (told.errors.outcome === 'inconclusive' && told.failed === null)
    found.push(`errors: neither above ${margin} nor below it is proven yet`);
  if (told.latency?.outcome === 'inconclusive' && told.failed === null)
    found.push('latency: neither slower nor as fast is proven yet');
  if (told.ruledOut !== null) found.push(`an increase of ${plural(told.ruledOut)} or more is ruled out`);
  const slow = latencySaid(analysis);
  if (slow !== null) found.push(slow);
  const classes = Object.entries(byClass.canary).filter(
    ([name, count]) => !/^[1-4]xx$/.test(name) && count > 0,
  );
  if (classes.length > 0)
    found.push(`errors of the canary: ${classes.map(([name, count]) => `${count} ${name}`).join(', ')}`);
  const client = [byClass.canary['4xx'] ?? 0, byClass.stable['4xx'] ?? 0] as const;
  if (client[0] + client[1] > 0)
    found.push(
      `4xx are told, not judged: canary ${percent({ requests: told.canary.requests, hits: client[0] })}, stable ${percent({ requests: told.stable.requests, hits: client[1] })}`,
    );
  if (drops.count > 0)
    found.push(`open buckets thrown away: ${drops.count}, the last one because: ${drops.last}`);
  return found;
}

/** The figures of the quantile that differs more; null: latency is not judged, or nothing was compared. */
export function latencySaid({ latency, options }: Analysis): string | null {
  if (latency === null || latency.p95.tally.buckets === 0) return null;
  const factor = 1 + (options.maxLatencyIncrease ?? 0);
  const lifts = (['p95', 'p50'] as const).map((quantile) => {
    const { canary, stable } = latency[quantile].tally;
    return { quantile, canary, stable, lift: rate(canary) / Math.max(rate(stable), 1e-4) };
  });
  const worst = lifts.reduce((a, b) => (b.lift > a.lift ? b : a));
  const times = (quantile: Quantile, by: number): string => showMs(slowFrom(latency, quantile, by));
  const { quantile } = worst;
  return (
    `${worst.canary.hits} of ${worst.canary.requests} canary answers took over ${times(quantile, factor)}, ` +
    `${percent(worst.stable)} of stable's over ${times(quantile, 1)} (its ${quantile})`
  );
}

const rate = ({ hits, requests }: Count): number => (requests === 0 ? 0 : hits / requests);

const showMs = (ms: number): string =>
  ms === Infinity ? 'the time limit' : ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;

/** Two figures are enough: `0.1 %`, `4.2 %`, `33 %`. */
function percent(count: Count): string {
  const value = rate(count) * 100;
  if (value === 0) return '0 %';
  return `${value >= 10 ? Math.round(value) : Number(value.toPrecision(value >= 1 ? 2 : 1))} %`;
}

const plural = (points: number): string => `${points} point${points === 1 ? '' : 's'}`;

const points = (share: number): string => `${Math.round(share * 10_000) / 100} %`;
