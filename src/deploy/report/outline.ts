/** What a deploy goes through on each instance when nothing fails: the table of a dry run and of a plan file. Pure. */
import { askedFrom, holdMsOf, probed, proofOf } from '../../config/health-words.ts';
import type { Environment, Hooks, Instance } from '../../config/types.ts';
import { fitTable, pairs, wrap } from '../../shared/text/fit.ts';
import { showDuration } from '../../shared/text/units.ts';
import { withoutUserinfo } from '../../shared/url/userinfo.ts';
import { actionsOf } from '../decide/actions-of.ts';
import type { Plan } from '../model/plan.ts';

export interface DeployOutline {
  readonly plan: Plan;
  readonly facts: Readonly<Record<string, { readonly current: string | null }>>;
  readonly environment: Pick<Environment, 'rollout' | 'hooks'>;
  readonly instances: readonly Instance[];
  readonly isRollback: boolean;
  /** What each instance is sent, where that is known: it was asked what it holds. */
  readonly sends: Readonly<Record<string, string>>;
  readonly probe: { readonly url: string; readonly everyMs: number; readonly maxLost: number | null } | null;
  /** What becomes of the canary's share, in its order. */
  readonly share?: readonly string[];
}

/** A row of the table. `release` -> `to`: from which release to which. */
export interface OutlineRow {
  readonly instance: string;
  readonly what: string;
  readonly from: string | null;
  readonly to: string | null;
  /** From 1; null: in none. */
  readonly batch: number | null;
  readonly drain: string;
  readonly sends: string;
  readonly hooks: readonly string[];
  readonly checks: string;
  /** Old releases that go at the end. */
  readonly deletes: readonly string[];
}

const none = 'none';

/** In the order of the plan: those that change, the group that served before, those that are left alone. */
export function rowsOf(outline: DeployOutline): OutlineRow[] {
  const { plan, facts, environment } = outline;
  const { rollout } = environment;
  const current = (name: string): string | null => facts[name]?.current ?? null;
  const batches = new Map(plan.batches.flatMap((names, at) => names.map((name) => [name, at + 1] as const)));
  const instances = new Map(outline.instances.map((instance) => [instance.name, instance]));
  const did = new Map<string, string[]>();
  for (const action of actionsOf(plan).flat()) {
    const [kind = '', name = ''] = action.split(' ');
    did.set(name, [...(did.get(name) ?? []), kind]);
  }
  const drain = `up to ${showDuration(rollout.drainMs)}`;
  const still = (instance: string): OutlineRow => ({
    ...{ instance, what: 'nothing', from: current(instance), to: current(instance), batch: null },
    ...{ drain: none, sends: none, hooks: [], checks: none, deletes: [] },
  });
  return [
    ...plan.tracks.map((track): OutlineRow => {
      const { instance: name, warm, send, prune } = track;
      const kinds = did.get(name) ?? [];
      const instance = instances.get(name);
      return {
        instance: name,
        what: warm ? 'switch to it' : whatOf(outline, name),
        from: current(name),
        to: plan.release,
        batch: batches.get(name) ?? null,
        drain: kinds.includes('drain') ? drain : none,
        sends: send
          ? (outline.sends[name] ?? 'what it lacks of the release')
          : 'nothing: it holds the release',
        hooks: (['prepare', 'once', 'after'] as const)
          .filter((kind) => kinds.includes(kind))
          .map((kind) => hookText(kind, environment.hooks)),
        checks: instance && kinds.includes('gate') ? checksText(instance, rollout.healthyForMs) : none,
        deletes: prune,
      };
    }),
    ...plan.retire.map((name) => ({
      ...still(name),
      what: `stop after ${showDuration(rollout.keepWarmMs)}`,
      drain: plan.balanced ? drain : none,
    })),
    ...plan.unchanged.map(still),
  ];
}

function whatOf({ isRollback, facts, plan }: DeployOutline, name: string): string {
  if (isRollback) return 'roll back';
  return facts[name]?.current === plan.release ? 'deploy again' : 'deploy';
}

const hookText = (kind: 'prepare' | 'once' | 'after', hooks: Hooks): string =>
  hooks[kind]?.on === 'agent' ? `${kind} (here)` : kind;

function checksText(instance: Instance, healthyForMs: number): string {
  const { health } = instance;
  const from = askedFrom(instance);
  const holdMs = holdMsOf(instance, healthyForMs);
  return [
    `${probed(instance)}${from === 'instance' ? '' : `, asked from the ${from}`}`,
    `${health.rise} in a row, the first within ${showDuration(health.withinMs)}${holdMs > 0 ? `, and on for ${showDuration(holdMs)}` : ''}`,
    `release proven by ${proofOf(instance)}`,
  ].join('; ');
}

/** The rows for people, `width` characters wide. */
export function outlineText(outline: DeployOutline, width: number): string {
  const { plan } = outline;
  const rows = rowsOf(outline);
  const changing = rows.slice(0, plan.tracks.length);
  const alone = rows.slice(plan.tracks.length + plan.retire.length);
  const deletes = changing.some((row) => row.deletes.length > 0);
  const table = [
    [
      'instance',
      'what',
      'release',
      'batch',
      'drain',
      'sent',
      'hooks',
      'checks',
      ...(deletes ? ['deletes'] : []),
    ],
    ...changing.map((row) => [
      row.instance,
      row.what,
      `${row.from ?? 'nothing'} -> ${row.to ?? 'nothing'}`,
      `${row.batch ?? 0} of ${plan.batches.length}`,
      row.drain,
      row.sends,
      row.hooks.join(', ') || none,
      row.checks,
      ...(deletes ? [row.deletes.join(', ') || none] : []),
    ]),
  ];
  const notes = notesOf(outline, alone);
  return [
    ...wrap(headOf(outline), width),
    ...(changing.length > 0 ? ['', ...fitTable(table, width)] : []),
    ...(notes.length > 0 ? ['', ...pairs(notes, width)] : []),
  ].join('\n');
}

function headOf({ plan, environment }: DeployOutline): string {
  const count = (list: readonly unknown[], one: string, more: string): string =>
    `${list.length} ${list.length === 1 ? one : more}`;
  if (plan.tracks.length === 0) return `${plan.environment}: nothing to do, ${plan.release} runs already`;
  const { pauseMs } = environment.rollout;
  const pause = pauseMs > 0 && plan.batches.length > 1 ? `, ${showDuration(pauseMs)} between them` : '';
  const size = count(plan.tracks, 'instance', 'instances');
  const batches = count(plan.batches, 'batch', 'batches');
  return `${plan.environment}: ${plan.release}, ${plan.strategy}, ${size} in ${batches}${pause}`;
}

function notesOf(outline: DeployOutline, alone: readonly OutlineRow[]): [string, string][] {
  const { plan, probe, share = [], environment } = outline;
  const { drainMs, keepWarmMs } = environment.rollout;
  const notes: [string, string][] = [];
  const names = alone.map(({ instance, from }) =>
    from === plan.release ? instance : `${instance} (runs ${from ?? 'nothing'})`,
  );
  if (names.length > 0) notes.push(['left alone', names.join(', ')]);
  if (plan.retire.length > 0) {
    const drain = plan.balanced ? ` (drain: up to ${showDuration(drainMs)})` : '';
    const names = plan.retire.join(', ');
    notes.push(['then', `no requests for ${names}${drain}; stopped after ${showDuration(keepWarmMs)}`]);
  }
  if (plan.tracks.length > 0) notes.push(['on failure', failureText(plan)]);
  if (probe !== null && plan.tracks.length > 0) notes.push(['probe', probeText(probe)]);
  for (const [at, text] of share.entries()) notes.push([at === 0 ? 'canary' : '', text]);
  return notes;
}

function probeText({ url, everyMs, maxLost }: NonNullable<DeployOutline['probe']>): string {
  const lost = maxLost === null ? '' : `; at most ${maxLost} may be lost`;
  return `GET ${withoutUserinfo(url)} every ${showDuration(everyMs)} counts lost requests${lost}`;
}

function failureText({ onFailure, maxFailures, hooks }: Plan): string {
  const hook = hooks.failure ? '; then the failure hook' : '';
  const text = {
    revert:
      maxFailures === 0
        ? 'all go back to their earlier release'
        : `up to ${maxFailures} go back alone; with more all go back to their earlier release`,
    freeze: 'all stays as it is',
    continue: 'those that failed go back alone',
  }[onFailure];
  return `${text}${hook}`;
}
