/** How much traffic the analysis of canary.steps needs, and what it would miss: the table to plan a canary with. Pure. */
import { columns } from '../shared/text/columns.ts';
import type { Config } from '../config/types.ts';
import { fail } from '../errors.ts';
import { optionsOf, powerOf, type Power, type Reached } from '../judge/index.ts';
import { showDuration } from '../shared/text/units.ts';
import type { Explained } from './answer.ts';
import { explainedGates, gateLines } from './gates.ts';
import { writeDuration } from './written/written-units.ts';

/** Stable's share of errors that is reckoned with when nobody said, percent. */
const usual = [0.1, 1];
/** A step without an end is looked at after so long. */
const endlessMs = 600_000;

/** `traffic`: what both arms get together, like `10/s` or `30/m`; `base`: stable's errors in percent. Throws `analysis-traffic`. */
export function explainAnalysis(config: Config, traffic: string, base: number | null): Explained {
  const perSecond = parseTraffic(traffic);
  const { analysis } = config.canary;
  const steps = stepsOf(config);
  const options = optionsOf(analysis);
  const tables = (base === null ? usual : [base]).map((errors) => ({
    stableErrors: errors,
    steps: powerOf(options, perSecond, errors / 100, steps),
  }));
  const told = { perSecond, analysis: { ...analysis }, tables, gates: explainedGates(config.canary.gates) };
  return {
    data: told,
    text: [
      `${traffic} requests for both arms together; ${settings(config)}.`,
      'Requests are those of the canary; a step is reckoned as if it were the first, after warmUp.',
      ...tables.flatMap(({ stableErrors, steps: rows }) => ['', ...table(stableErrors, rows)]),
      '',
      ...notes(config, tables),
      ...gateLines(config.canary.gates),
    ].join('\n'),
  };
}

/** `10/s` `30/m` `500/h` -> requests a second. */
function parseTraffic(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\/(s|m|h)$/.exec(text);
  const value = match ? Number(match[1]) / { s: 1, m: 60, h: 3600 }[match[2] as 's' | 'm' | 'h'] : 0;
  if (value <= 0 || value > 100_000) throw fail('analysis-traffic', { value: text });
  return value;
}

/** Without steps there is one, of traffic.weight. */
function stepsOf({ canary, traffic }: Config): { readonly share: number; readonly ms: number }[] {
  if (canary.steps.length === 0) return [{ share: (traffic?.weight ?? 33) / 100, ms: endlessMs }];
  return canary.steps.map(({ weight, forMs }) => ({ share: weight / 100, ms: forMs }));
}

function settings({ canary: { analysis } }: Config): string {
  const { bucketMs, confidence, maxErrorRateIncrease, maxLatencyIncrease } = analysis;
  const slow = maxLatencyIncrease === 'off' ? 'off' : `${maxLatencyIncrease}%`;
  return `bucket: ${writeDuration(bucketMs)}, confidence: ${confidence}%, maxErrorRateIncrease: ${maxErrorRateIncrease}%, maxLatencyIncrease: ${slow}`;
}

const head = ['step', '+5 points', '+20 points', '+50 points', 'twice as slow', 'pass', 'would see'];

function table(stableErrors: number, steps: readonly Power[]): string[] {
  const rows = steps.map(({ share, ms, abort, abortSlow, pass, seen }) => [
    `${points(share)}% for ${writeDuration(ms)}`,
    ...abort.map(({ after }) => shown(after)),
    abortSlow === 'off' ? 'not judged' : shown(abortSlow),
    shown(pass),
    seen === null ? 'nothing' : `+${points(seen)} points`,
  ]);
  return [`stable fails ${stableErrors}%: aborted, or passed, after`, ...columns([head, ...rows], '  ')];
}

const shown = (reached: Reached): string =>
  reached === null ? 'over 2 h' : `${reached.requests} in ${showDuration(reached.ms)}`;

const points = (share: number): number => Math.round(share * 1000) / 10;

function notes(
  { canary: { analysis } }: Config,
  tables: readonly { readonly steps: readonly Power[] }[],
): string[] {
  const { onInconclusive, maxWaitMs, warmUpMs } = analysis;
  const extra = onInconclusive === 'wait' ? maxWaitMs : 0;
  const late = new Set<string>();
  for (const { steps } of tables)
    for (const [at, { share, ms, pass }] of steps.entries())
      if (pass === null || pass.ms > ms + extra - (at === 0 ? warmUpMs : 0)) late.add(`${points(share)}%`);
  const waits = onInconclusive === 'wait' ? ` and maxWait: ${writeDuration(maxWaitMs)}` : '';
  return [
    'would see: the smallest increase of errors that would be noticed by the end of the step, with the steps before it.',
    'pass: a canary just like stable, by errors and latency; latency is reckoned for times spread as usual (lognormal, sigma 1).',
    ...(late.size === 0
      ? []
      : [
          `At this traffic the step of ${[...late].join(' and of ')} seldom passes within its time${waits}: it ends inconclusive. A larger weight, a longer step or more maxErrorRateIncrease helps.`,
        ]),
  ];
}
