/** Reports of several processes of one router as one, and what is kept of those that have ended. Pure. */
import { worstHealth } from '../../traffic/index.ts';
import { plusTotals, type Totals } from '../fleet/counters.ts';
import { LAYOUT, type MemberReport, type RouterReport } from './process-report.ts';

/** What instances had counted in processes that have ended: it goes on to count, what was measured there does not. */
export type Past = readonly Pick<MemberReport, 'name' | 'arm' | 'total' | 'forced'>[];

interface WorkerState {
  readonly id: string;
  readonly epoch: number;
  readonly version: number;
  readonly effective: number;
  readonly storeUp: boolean | null;
}

export interface WholeReport extends RouterReport {
  /** In what the processes may differ; null: there is but one. */
  readonly workers: readonly WorkerState[] | null;
}

/** The first tells; what the others and those of the past have counted is added. */
export function sumReports(first: RouterReport, others: readonly RouterReport[], past: Past): WholeReport {
  const all = [first, ...others];
  const sum = (key: keyof RouterReport['observed']): number =>
    all.reduce((total, { observed }) => total + observed[key], 0);
  return {
    ...first,
    observed: { stable: sum('stable'), canary: sum('canary'), forced: sum('forced') },
    members: first.members.map((member) => counted(others.reduce(withSame, member), past)),
    leaving: all.flatMap(({ leaving }) => leaving),
    storeUp: (all.find(({ storeUp }) => storeUp !== true) ?? first).storeUp,
    workers:
      others.length === 0
        ? null
        : all.map(({ id, epoch, version, effective, storeUp }) => ({
            id,
            epoch,
            version,
            effective,
            storeUp,
          })),
  };
}

/** What is kept of processes that have ended, with one more. */
export function pastWith(kept: unknown, last: unknown): Past {
  const before = pastOf(kept);
  const report = readReport(last);
  if (report === null) return before;
  const names = new Set(report.members.map(keyOf));
  return [
    ...before.filter((one) => !names.has(keyOf(one))),
    ...report.members.map((member) => {
      const { name, arm, total, forced } = counted(member, before);
      return { name, arm, total, forced };
    }),
  ];
}

/** A report that another process has sent; null when it is of another layout. */
export const readReport = (body: unknown): RouterReport | null =>
  typeof body === 'object' && body !== null && (body as Partial<RouterReport>).layout === LAYOUT
    ? (body as RouterReport)
    : null;

export const pastOf = (body: unknown): Past => (Array.isArray(body) ? (body as Past) : []);

const keyOf = ({ arm, name }: Pick<MemberReport, 'arm' | 'name'>): string => `${arm} ${name}`;

/** An instance that only one of them knows is told as that one sees it. */
function withSame(member: MemberReport, { members }: RouterReport): MemberReport {
  const other = members.find((one) => keyOf(one) === keyOf(member));
  if (other === undefined) return member;
  return {
    ...member,
    health: worstHealth([member.health, other.health]) ?? member.health,
    circuit: member.circuit === 'open' ? 'open' : other.circuit,
    drained: member.drained || other.drained,
    inFlight: member.inFlight + other.inFlight,
    longLived: member.longLived + other.longLived,
    perSecond: Math.round((member.perSecond + other.perSecond) * 100) / 100,
    total: plusTotals(member.total, other.total),
    forced: plusEach(member.forced, other.forced),
  };
}

function counted(member: MemberReport, past: Past): MemberReport {
  const before = past.find((one) => keyOf(one) === keyOf(member));
  if (before === undefined) return member;
  const total: Totals = plusTotals(member.total, before.total);
  return { ...member, total, forced: plusEach(member.forced, before.forced) };
}

const plusEach = (a: readonly number[], b: readonly number[]): number[] =>
  a.map((one, at) => one + (b[at] ?? 0));
