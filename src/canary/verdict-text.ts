/** An analysis for people. Pure. */
import { columns } from '../shared/text/columns.ts';
import type { Judgement } from '../judge/index.ts';
import { showCount } from '../shared/text/units.ts';
import type { AnalyseReport } from './analyse.ts';

export function analysisText(report: AnalyseReport): string {
  const { outcome, reason, judgement } = report;
  const told = judgement === null ? [] : figures(judgement);
  return [`${outcome}: ${reason}`, ...told, '', servesAfter(report)].join('\n');
}

/** What the canary gets after it. */
export function servesAfter({ outcome, weight, step, steps }: AnalyseReport): string {
  const place = steps.length > 1 ? `, step ${step + 1} of ${steps.length}` : '';
  return outcome === 'fail' || weight === 0
    ? 'everything goes to stable'
    : `the canary keeps ${weight} % of the requests${place}`;
}

function figures(judgement: Judgement): string[] {
  const { canary, stable, errors, latency, reasons } = judgement;
  const rows = [
    ['', 'requests', 'failed'],
    ['canary', ...counts(canary)],
    ['stable', ...counts(stable)],
  ];
  const metrics = [
    `errors   ${errors.outcome}  ${bets(errors)}`,
    ...(latency === null ? [] : [`latency  ${latency.outcome}  ${bets(latency)}`]),
  ];
  return ['', ...columns(rows), '', ...metrics, '', ...reasons.map((reason) => `- ${reason}`)];
}

const counts = ({ requests, hits }: Judgement['canary']): string[] => [
  showCount(requests),
  requests === 0 ? '-' : `${showCount(hits)} (${percent(hits / requests)} %)`,
];

/** How far each account of the judge has come, as bars. */
const bets = ({ fail, failLimit, pass, passLimit }: Judgement['errors']): string =>
  `against it ${bar(fail / failLimit)}  for it ${bar(pass / passLimit)}`;

const WIDTH = 10;

function bar(share: number): string {
  const full = Math.max(0, Math.min(WIDTH, Math.floor(share * WIDTH)));
  return '█'.repeat(full) + '·'.repeat(WIDTH - full);
}

const percent = (share: number): string => String(Math.round(share * 10_000) / 100);
