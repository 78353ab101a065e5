/** What a deploy says at its end: an outcome, every instance's release and health, and a table for people. Pure. */
import type { Problem } from '../errors.ts';
import { showDuration } from '../units.ts';
import type { End, Performed } from './decide.ts';
import type { Fleet } from './hosts.ts';
import type { Plan } from './plan.ts';

export interface InstanceReport {
  readonly name: string;
  readonly release: string | null;
  readonly previous: string | null;
  readonly health: 'healthy' | 'unhealthy' | 'unknown';
  readonly did: 'deployed' | 'reverted' | 'untouched' | 'unchanged' | 'failed';
}
export interface DeployReport {
  readonly end: End | 'unchanged';
  readonly reasons: readonly string[];
  readonly problems: readonly Problem[];
  readonly environment: string;
  readonly release: string;
  readonly instances: readonly InstanceReport[];
  readonly durationMs: number;
  /** From the first failure to the last instance back on its release; null when nothing was reverted. */
  readonly revertMs: number | null;
}

export interface Ended {
  readonly plan: Plan;
  readonly fleet: Fleet;
  readonly performed: readonly Performed[];
  readonly end: End;
  readonly reasons: readonly string[];
  readonly startedAt: number;
  readonly finishedAt: number;
}

export function summary(ended: Ended): DeployReport {
  const { plan, performed } = ended;
  const firstFailure = performed.find((item) => item.result === 'failed')?.at;
  return {
    end: plan.tracks.length === 0 ? 'unchanged' : ended.end,
    reasons: ended.reasons,
    problems: performed.flatMap((item) => (item.problem ? [item.problem] : [])),
    environment: plan.environment,
    release: plan.release,
    instances: [
      ...plan.tracks.map((track) => instanceReport(track.instance, track.previous, plan.release, performed)),
      ...plan.unchanged.map(
        (name) =>
          ({
            name,
            release: plan.release,
            previous: plan.release,
            health: 'healthy',
            did: 'unchanged',
          }) as const,
      ),
    ],
    durationMs: ended.finishedAt - ended.startedAt,
    revertMs: ended.end === 'reverted' && firstFailure !== undefined ? ended.finishedAt - firstFailure : null,
  };
}

function instanceReport(
  name: string,
  previous: string | null,
  release: string,
  performed: readonly Performed[],
): InstanceReport {
  const did = (kind: Performed['kind']): string | undefined =>
    performed.find((item) => item.instance === name && item.kind === kind)?.result;
  const base = { name, previous };
  if (did('restore') === 'ok') {
    const well = previous === null || did('regate') === 'ok';
    return {
      ...base,
      release: previous,
      health: previous === null ? 'unknown' : well ? 'healthy' : 'unhealthy',
      did: well ? 'reverted' : 'failed',
    };
  }
  if (did('restore') === 'failed') return { ...base, release: null, health: 'unknown', did: 'failed' };
  if (did('activate') === undefined)
    return { ...base, release: previous, health: 'unknown', did: 'untouched' };
  if (did('gate') === 'ok') return { ...base, release, health: 'healthy', did: 'deployed' };
  return { ...base, release, health: 'unhealthy', did: 'failed' };
}

/** The table that ends a deploy on a terminal. */
export function table(report: DeployReport): string {
  const rows = report.instances.map(
    (item) =>
      [
        item.name,
        item.did,
        item.release ?? (item.did === 'failed' ? 'unknown' : 'nothing'),
        item.health,
      ] as const,
  );
  const head = ['instance', 'did', 'release', 'health'] as const;
  const width = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at as 0].length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => cell.padEnd(width[at] ?? 0))
      .join('  ')
      .trimEnd();
  const why = report.end === 'done' ? [] : report.reasons.map((reason) => `because ${reason}`);
  return [line(head), ...rows.map(line), '', closing(report), ...why].join('\n');
}

function closing(report: DeployReport): string {
  const took = showDuration(report.durationMs);
  switch (report.end) {
    case 'unchanged':
      return `${report.environment} runs ${report.release} already: nothing to do`;
    case 'done':
      return `${report.environment} runs ${report.release}, after ${took}`;
    case 'reverted':
      return `reverted: ${report.environment} ${earlier(report)}${report.revertMs === null ? '' : `, ${showDuration(report.revertMs)} after the failure`} (${took} in all)`;
    case 'frozen':
      return `frozen as it is: no instance was put back, because the release is irreversible or onFailure is freeze`;
    case 'mixed':
      return `mixed: not every instance of ${report.environment} is known to run one healthy release; canopy status shows them; no deploy until rollback or lock release`;
    case 'aborted':
      return `aborted in a safe state: the table tells which release each instance runs`;
    case 'failed':
      return `failed before anything was switched: ${report.environment} runs what it ran`;
  }
}

const earlier = ({ instances }: DeployReport): string =>
  instances.some((item) => item.did === 'reverted' && item.previous !== null)
    ? 'is back on its earlier release'
    : 'had no earlier release: what was begun is stopped';
