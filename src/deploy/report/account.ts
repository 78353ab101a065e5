/** What the audit stream tells of a deploy or a rollback that has ended. Pure. */
import { commitOf } from '../../artifact/id.ts';
import { events, type AuditOutcome, type EventName } from '../../audit/index.ts';
import type { DeployReport } from './summary.ts';

export interface Accounted {
  readonly action: 'deploy' | 'rollback';
  /** Of the artifact; empty: not known but by the release's id. */
  readonly commit: string;
  /** The instances that were asked for by name or tag; empty: all. */
  readonly only: readonly string[];
}

type AuditInput = Pick<
  DeployReport,
  'end' | 'reasons' | 'environment' | 'release' | 'instances' | 'revertMs'
>;

export const account = (report: AuditInput, { action, commit, only }: Accounted): AuditOutcome => ({
  action,
  environment: report.environment,
  release: report.release,
  ...(only.length > 0 ? { target: only.join(', ') } : {}),
  outcome: report.end,
  reasons: report.reasons,
  event: eventOf(report, action),
  previous: previousOf(report),
  commit: commit || commitOf(report.release),
  revertMs: report.revertMs,
});

/** Null when nothing was changed. A deploy that is neither done nor undone has modified the environment, no more. */
function eventOf({ end, instances }: AuditInput, action: Accounted['action']): EventName | null {
  const touched = instances.filter(({ did }) => did !== 'untouched' && did !== 'unchanged');
  if (touched.length === 0 || end === 'unchanged' || end === 'failed') return null;
  const fresh = touched.every(({ previous }) => previous === null);
  if (end === 'done')
    return action === 'rollback' ? events.rolledBack : fresh ? events.deployed : events.upgraded;
  const undone = touched.every(({ did }) => did === 'reverted');
  return undone ? (fresh ? events.removed : events.rolledBack) : events.modified;
}

/** What ran before: the group that served, else most of the instances where they differed; null when none had a release. */
function previousOf({ release, instances }: AuditInput): string | null {
  const retired = instances.filter(({ did }) => did === 'retired');
  const changing = instances.filter(({ did }) => did !== 'unchanged');
  const before = (retired.length > 0 ? retired : changing).flatMap(({ previous }) => previous ?? []);
  const count = (id: string): number => before.filter((item) => item === id).length;
  const [most] = [...new Set(before)].sort((a, b) => count(b) - count(a) || (a < b ? 1 : -1));
  return most ?? (changing.length < instances.length ? release : null);
}
