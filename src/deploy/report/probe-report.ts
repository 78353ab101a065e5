/** What the probe of a deploy has seen: a count a phase, and the first request that was lost. Pure. */
import { cut, toLine } from '../../shared/text/line.ts';
import { isBackward, type Action } from '../model/actions.ts';

/** One request of the probe. */
export interface ProbeAnswer {
  /** When it was asked, and how long its answer took. */
  readonly at: number;
  readonly ms: number;
  readonly phase: string;
  /** What the deploy was doing then. */
  readonly doing: string;
  /** Why it counts as lost; null: it was answered. */
  readonly lost: string | null;
}

interface PhaseCount {
  readonly requests: number;
  readonly lost: number;
  readonly slowestMs: number;
}

export interface ProbeReport extends PhaseCount {
  readonly url: string;
  /** So many may be lost; null: it only reports. */
  readonly maxLost: number | null;
  /** In the order in which they began. */
  readonly phases: readonly (PhaseCount & { readonly phase: string })[];
  readonly firstLost: { readonly at: string; readonly doing: string; readonly reason: string } | null;
}

const nothing: PhaseCount = { requests: 0, lost: 0, slowestMs: 0 };

export const emptyReport = (url: string, maxLost: number | null): ProbeReport => ({
  url,
  maxLost,
  ...nothing,
  phases: [],
  firstLost: null,
});

/** The report with one more request in it. */
export function counted(report: ProbeReport, answered: ProbeAnswer): ProbeReport {
  const { phase, doing, lost: reason } = answered;
  const known = report.phases.some((item) => item.phase === phase);
  const phases = known ? report.phases : [...report.phases, { phase, ...nothing }];
  const first = reason === null ? null : { at: new Date(answered.at).toISOString(), doing, reason };
  return {
    ...report,
    ...plus(report, answered),
    phases: phases.map((item) => (item.phase === phase ? { phase, ...plus(item, answered) } : item)),
    firstLost: report.firstLost ?? first,
  };
}

const plus = (count: PhaseCount, { ms, lost }: ProbeAnswer): PhaseCount => ({
  requests: count.requests + 1,
  lost: count.lost + (lost === null ? 0 : 1),
  slowestMs: Math.max(count.slowestMs, Math.round(ms)),
});

/** Why an answer counts as lost, given the status of the one before the deploy; null: it is as good as that one. */
export function lossOf(
  answer: { readonly status: number; readonly body: string },
  expected: number,
): string | null {
  const { status } = answer;
  if (status === 0) return `no answer: ${toLine(answer.body, 200)}`;
  if (status === expected || (isFine(status) && isFine(expected))) return null;
  return `status ${status} instead of ${expected}`;
}

const isFine = (status: number): boolean => status >= 200 && status <= 299;

/** The phase that these actions belong to; what goes back is one. */
export function phaseOf(act: readonly Pick<Action, 'kind'>[]): string {
  if (act.some(({ kind }) => isBackward(kind))) return 'revert';
  return [...new Set(act.map(({ kind }) => kind))].join(', ');
}

export function doingOf(act: readonly Pick<Action, 'kind' | 'instance'>[]): string {
  const kinds = [...new Set(act.map(({ kind }) => kind))];
  const names = (of: Action['kind']): string =>
    act
      .filter(({ kind }) => kind === of)
      .map(({ instance }) => instance)
      .join(' ');
  return cut(kinds.map((kind) => `${kind} ${names(kind)}`).join(', '), 200);
}

export const lostTooMany = ({ lost, maxLost }: Pick<ProbeReport, 'lost' | 'maxLost'>): boolean =>
  maxLost !== null && lost > maxLost;

/** Why the probe alone says no; null: it does not. */
export function tellVerdict(report: ProbeReport): string | null {
  if (!lostTooMany(report)) return null;
  const { lost, requests, maxLost } = report;
  return `the probe lost ${lost} of ${requests} requests, ${maxLost} ${maxLost === 1 ? 'is' : 'are'} allowed`;
}

/** One line, and a second one when something was lost. */
export function tellProbe({ requests, lost, slowestMs, phases, firstLost }: ProbeReport): string[] {
  const line = `probe: ${requests} requests, ${lost} lost, slowest ${slowestMs} ms`;
  if (firstLost === null) return [line];
  const where = phases
    .filter((item) => item.lost > 0)
    .map((item) => `${item.lost} of ${item.requests} in ${item.phase}`)
    .join(', ');
  return [
    `${line}: ${where}`,
    `probe: the first lost at ${firstLost.at}, during ${firstLost.doing}: ${firstLost.reason}`,
  ];
}
