/** What a deploy says at its end: an outcome, every instance's release and health, and a table for people. Pure. */
import { columns } from '../../shared/text/columns.ts';
import type { Problem } from '../../errors.ts';
import { showDuration } from '../../shared/text/units.ts';
import type { Draft } from '../context/deploy-context.ts';
import type { End, Performed } from '../model/actions.ts';
import { instanceReports, type InstanceReport } from './instance-report.ts';
import type { DeployOutline } from './outline.ts';
import { notProvenLine, unproven } from './not-proven.ts';
import { lostTooMany, tellProbe, tellVerdict, type ProbeReport } from './probe-report.ts';

export interface DeployReport {
  readonly end: End | 'unchanged';
  readonly reasons: readonly string[];
  readonly problems: readonly Problem[];
  readonly environment: string;
  readonly release: string;
  /** The deploy's id, by which it is resumed; null when nothing was to be done. */
  readonly deploy: string | null;
  readonly instances: readonly InstanceReport[];
  readonly durationMs: number;
  /** From the first failure to the last instance back on its release; null when nothing was reverted. */
  readonly revertMs: number | null;
  /** What the probe saw; null when none ran. */
  readonly probe: ProbeReport | null;
  /** What was to be done: a dry run shows it. */
  readonly outline: DeployOutline;
  /** Instances of which nothing shows that it is the release which answers, and why. */
  readonly unproven: ReadonlyMap<string, string>;
  /** Whether `deploy --resume` goes on with it. */
  readonly resumable: boolean;
}

/** What has become of it. */
export type DeployEnd = Omit<DeployReport, 'outline'>;

interface FinishedDeploy extends Pick<Draft, 'plan' | 'fleet' | 'healthy'> {
  /** What was asked for. */
  readonly request: Pick<DeployOutline, 'environment' | 'instances' | 'probe'> & {
    readonly action: 'deploy' | 'rollback';
  };
  readonly deploy: string | null;
  readonly performed: readonly Performed[];
  readonly end: End;
  readonly reasons: readonly string[];
  readonly probe: ProbeReport | null;
  readonly resumable: boolean;
  readonly startedAt: number;
  readonly finishedAt: number;
}

export function summary(ended: FinishedDeploy): DeployReport {
  const { plan, performed, probe } = ended;
  const verdict = probe === null ? null : tellVerdict(probe);
  const firstFailure = performed.find((item) => item.result === 'failed')?.at ?? firstLost(probe);
  return {
    end: plan.tracks.length === 0 ? 'unchanged' : ended.end,
    reasons: verdict === null ? ended.reasons : [...ended.reasons, verdict],
    // That the hook for a failure fails is a warning, whatever else there is.
    problems: performed.flatMap(({ kind, problem }) => (problem && kind !== 'failure' ? [problem] : [])),
    environment: plan.environment,
    release: plan.release,
    deploy: ended.deploy,
    instances: instanceReports(plan, ended.fleet.facts, performed, ended.healthy),
    durationMs: ended.finishedAt - ended.startedAt,
    revertMs: ended.end === 'reverted' && firstFailure !== undefined ? ended.finishedAt - firstFailure : null,
    probe,
    resumable: ended.resumable,
    outline: outlineOf(ended),
    unproven: unproven(ended.healthy, performed),
  };
}

function outlineOf({ request, plan, fleet, performed }: FinishedDeploy): DeployOutline {
  const { environment, instances, probe, action } = request;
  const sends = performed.flatMap((item) => (item.sends === undefined ? [] : [[item.instance, item.sends]]));
  return {
    ...{ plan, environment, instances, probe },
    facts: fleet.facts,
    isRollback: action === 'rollback',
    sends: Object.fromEntries(sends),
  };
}

const firstLost = (probe: ProbeReport | null): number | undefined =>
  probe?.firstLost && lostTooMany(probe) ? Date.parse(probe.firstLost.at) : undefined;

/** What serves now, in one line: `production runs r1`, or which instances run what. */
export function servesNow({ environment, instances }: DeployReport): string {
  const runs = new Map<string, string[]>();
  for (const { name, release, did, health } of instances) {
    if (did === 'retired') continue;
    const what = release ?? (did === 'failed' ? 'nobody knows what' : 'nothing');
    const names = runs.get(what) ?? [];
    runs.set(what, [...names, health === 'unhealthy' ? `${name} (unhealthy)` : name]);
  }
  const ill = instances.some(({ health }) => health === 'unhealthy');
  if (runs.size === 0) return `${environment} runs what it ran`;
  if (runs.size === 1 && !ill) return `${environment} runs ${[...runs.keys()].join('')}`;
  const parts = [...runs].map(([release, names]) => `${release} on ${names.join(', ')}`);
  return `${environment} runs ${parts.join(' and ')}`;
}

/** The table that ends a deploy on a terminal. */
export function table(report: DeployEnd): string {
  const rows = report.instances.map((item) => [
    item.name,
    item.did,
    item.release ?? (['failed', 'retired'].includes(item.did) ? 'unknown' : 'nothing'),
    item.health,
  ]);
  const lines = columns([['instance', 'did', 'release', 'health'], ...rows]);
  const why = report.end === 'done' ? [] : report.reasons.map((reason) => `because ${reason}`);
  const probe = report.probe === null ? [] : tellProbe(report.probe);
  const notProven = notProvenLine(report.unproven);
  const end = [
    '',
    closing(report),
    ...why,
    ...probe,
    ...tellNext(report),
    ...(notProven === null ? [] : [notProven]),
  ];
  return [...lines, ...saidAll(report.instances), ...end].join('\n');
}

/** So much of an instance is shown; all of what the first one said that failed: the others mostly say the same. */
const shown = { answers: 3, log: 12, manager: 5 } as const;

function saidAll(instances: readonly InstanceReport[]): string[] {
  const failed = instances.filter(({ evidence }) => evidence !== undefined);
  return failed.flatMap((item, at) => said(item, at === 0 ? Infinity : shown.log));
}

/** What a failed instance said last; the result document has all of it. */
function said({ name, evidence }: InstanceReport, most: number): string[] {
  if (!evidence) return [];
  const { answers, log, manager } = evidence;
  const left = log.length - Math.min(log.length, most);
  const lines = [
    ...answers.slice(-shown.answers).map((answer) => `gate: ${answer}`),
    ...(left > 0 ? [`(${left} lines before these stand in the result)`] : []),
    ...log.slice(left),
    ...manager.slice(-shown.manager),
  ];
  return lines.length > 0
    ? ['', `${name} said before it was touched again:`, ...lines.map((line) => `  ${line}`)]
    : [];
}

function closing(report: DeployEnd): string {
  const took = showDuration(report.durationMs);
  switch (report.end) {
    case 'unchanged':
      return `${report.environment} runs ${report.release} already: nothing to do`;
    case 'done':
      return `${report.environment} runs ${report.release}, after ${took}`;
    case 'reverted':
      return `reverted: ${report.environment} ${earlier(report)}${report.revertMs === null ? '' : `, ${showDuration(report.revertMs)} after the failure`} (${took} in all)`;
    case 'partial':
      return `partial: ${report.environment} runs ${report.release} but on the instances that failed, which are back on their earlier release, after ${took}`;
    case 'frozen':
      return `frozen as it is: no instance was put back, because the release is irreversible or onFailure is freeze`;
    case 'mixed':
      return `mixed: not every instance of ${report.environment} is known to run one healthy release; canopy status shows them; it takes no deploy until one of these`;
    case 'aborted':
      return `aborted in a safe state: the table tells which release each instance runs`;
    case 'failed':
      return `failed before anything was switched: ${report.environment} runs what it ran`;
  }
}

/** What opens the way after a mixed end, each with what it does. */
export function waysOn({
  environment,
  resumable,
}: Pick<DeployEnd, 'environment' | 'resumable'>): [command: string, says: string][] {
  const on = `--environment ${environment}`;
  return [
    ...(resumable ? [resumeOf(environment)] : []),
    [`canopy rollback ${on}`, 'puts all on the release before'],
    [`canopy lock release ${on}`, 'takes the servers as they are'],
  ];
}

export const resumeOf = (environment: string): [command: string, says: string] => [
  `canopy deploy --environment ${environment} --resume`,
  'goes on with it',
];

/** What may be typed after an end that leaves something to be done. */
export function nextCommands(
  ended: Pick<DeployEnd, 'end' | 'environment' | 'resumable'>,
): [command: string, says: string][] {
  const { end, environment, resumable } = ended;
  const on = `--environment ${environment}`;
  if (end === 'aborted')
    return [
      resumable
        ? resumeOf(environment)
        : [`canopy deploy ${on}`, 'begins anew: there is nothing to go on with'],
    ];
  if (end !== 'mixed') return [];
  return [[`canopy status ${on}`, 'shows what runs where'], ...waysOn(ended)];
}

function tellNext(report: DeployEnd): string[] {
  const rows = nextCommands(report);
  return rows.length === 0 ? [] : ['next:', ...columns(rows, '  ')];
}

const earlier = ({ instances }: DeployEnd): string =>
  instances.some((item) => item.did === 'reverted' && item.previous !== null)
    ? 'is back on its earlier release'
    : 'had no earlier release: what was begun is stopped';
