/**
 * What to do now, given the plan and what has been done: the whole of a rolling deploy as one pure function. The caller
 * performs the actions it returns (all of them at the same time), records each outcome, and asks again.
 */
import type { Problem } from '../errors.ts';
import type { Plan, Track } from './plan.ts';

export type ActionKind =
  /** Send, verify, unpack; nothing that runs is touched. */
  | 'stage'
  | 'prepare'
  | 'once'
  | 'drain'
  /** Stop, switch, start. */
  | 'activate'
  /** Wait until the new release answers, and goes on answering. */
  | 'gate'
  | 'ready'
  | 'after'
  /** Mark healthy, delete old releases. */
  | 'finish'
  | 'undrain'
  | 'redrain'
  /** Stop, switch back, start. */
  | 'restore'
  | 'regate'
  | 'reready';

export interface Action {
  readonly kind: ActionKind;
  readonly instance: string;
  readonly release: string;
}
export interface Performed extends Action {
  readonly result: 'ok' | 'failed';
  readonly reason: string | null;
  readonly problem?: Problem;
  /** When it had ended. */
  readonly at?: number;
}

/** Why no further instance may be begun. */
export type Halt = 'signal' | 'lease' | 'deadline' | null;

export type Decision =
  | {
      readonly act: readonly Action[];
      /** The first action of a new batch: the place for a pause. */ readonly opens: boolean;
    }
  | { readonly end: End; readonly reasons: readonly string[] };
export type End = 'done' | 'failed' | 'reverted' | 'frozen' | 'mixed' | 'aborted';

export function decide(plan: Plan, records: readonly Performed[], halt: Halt): Decision {
  const seen = new Map(records.map((record) => [`${record.kind} ${record.instance}`, record.result]));
  const did = (kind: ActionKind, instance: string): 'ok' | 'failed' | undefined =>
    seen.get(`${kind} ${instance}`);
  const failures = records.filter((record) => record.result === 'failed');
  const touched = plan.tracks.filter(({ instance }) => did('drain', instance) ?? did('activate', instance));

  if (touched.length === 0) {
    if (failures.length > 0) return { end: 'failed', reasons: failures.map(tell) };
    if (halt !== null)
      return {
        end: halt === 'signal' ? 'aborted' : 'failed',
        reasons: [`${why[halt]} before anything was switched`],
      };
    const ahead = beforeSwitch(plan, did);
    if (ahead.length > 0) return { act: ahead, opens: false };
  }
  const forward = failures.filter((record) => !backward.has(record.kind));
  const batch = plan.batches.find((names) => names.some((name) => !isOver(plan, did, name)));
  // A deadline that passes when every instance is over has nothing left to save.
  if (forward.length > 0 || (halt === 'deadline' && batch))
    return goBack(plan, records, { did, touched, halt, reasons: forward.map(tell) });

  if (batch && halt !== null && !batch.some((name) => did('drain', name) ?? did('activate', name)))
    return stopped(plan, did, halt);
  if (batch) {
    const opened = batch.some((name) => did('drain', name) ?? did('activate', name));
    const act = batch.flatMap((name) => nextOf(plan, did, name));
    return { act, opens: !opened && batch !== plan.batches[0] };
  }
  const left = plan.tracks.filter(({ instance }) => did('finish', instance) === undefined);
  if (left.length > 0)
    return {
      act: left.map(({ instance }) => ({ kind: 'finish', instance, release: plan.release })),
      opens: false,
    };
  return { end: 'done', reasons: failures.map(tell) };
}

type Did = (kind: ActionKind, instance: string) => 'ok' | 'failed' | undefined;

const backward = new Set<ActionKind>(['undrain', 'redrain', 'restore', 'regate', 'reready', 'finish']);
const why: Record<NonNullable<Halt>, string> = {
  signal: 'stopped by a signal',
  lease: 'the lock was lost',
  deadline: 'the deadline of the rollout has passed',
};

function beforeSwitch(plan: Plan, did: Did): Action[] {
  const all = (kind: ActionKind, tracks: readonly Track[]): Action[] =>
    tracks
      .filter(({ instance }) => did(kind, instance) === undefined)
      .map(({ instance }) => ({ kind, instance, release: plan.release }));
  const stage = all('stage', plan.tracks);
  if (stage.length > 0) return stage;
  const prepare = plan.hooks.prepare ? all('prepare', plan.tracks) : [];
  if (prepare.length > 0) return prepare;
  return plan.hooks.once ? all('once', plan.tracks.slice(0, 1)) : [];
}

const forwardSteps = (plan: Plan): ActionKind[] => [
  ...(plan.balanced ? (['drain'] as const) : []),
  'activate',
  'gate',
  ...(plan.balanced ? (['ready'] as const) : []),
  ...(plan.hooks.after ? (['after'] as const) : []),
];

const isOver = (plan: Plan, did: Did, instance: string): boolean =>
  forwardSteps(plan).every((kind) => did(kind, instance) === 'ok');

function nextOf(plan: Plan, did: Did, instance: string): Action[] {
  const kind = forwardSteps(plan).find((step) => did(step, instance) === undefined);
  return kind === undefined ? [] : [{ kind, instance, release: plan.release }];
}

/** The way back: the instances that were touched, the last one first, each gated by its health. */
function goBack(
  plan: Plan,
  records: readonly Performed[],
  way: { did: Did; touched: readonly Track[]; halt: Halt; reasons: readonly string[] },
): Decision {
  const { did, touched, halt } = way;
  const reasons = [...way.reasons, ...(halt === null ? [] : [why[halt]])];
  if (plan.onFailure === 'freeze') return { end: 'frozen', reasons };
  const order = [...touched].sort(
    (a, b) => firstTouch(records, b.instance) - firstTouch(records, a.instance),
  );
  for (const track of order) {
    const kind = backSteps(plan, did, track).find((step) => did(step, track.instance) === undefined);
    const broken = backSteps(plan, did, track).some((step) => did(step, track.instance) === 'failed');
    if (kind !== undefined && !broken)
      return {
        act: [{ kind, instance: track.instance, release: track.previous ?? plan.release }],
        opens: false,
      };
  }
  const bad = records.filter((record) => record.result === 'failed' && backward.has(record.kind));
  if (bad.length > 0) return { end: 'mixed', reasons: [...reasons, ...bad.map(tell)] };
  // Who stopped it wants to hear that it stopped; that all went back is the safe state.
  return { end: halt === 'signal' ? 'aborted' : 'reverted', reasons };
}

function backSteps(plan: Plan, did: Did, track: Track): ActionKind[] {
  const { instance, previous } = track;
  if (did('activate', instance) === undefined) return plan.balanced ? ['undrain'] : [];
  return [
    // It is back in the traffic only when `ready` was begun.
    ...(plan.balanced && did('ready', instance) !== undefined ? (['redrain'] as const) : []),
    'restore',
    ...(previous === null ? [] : (['regate', ...(plan.balanced ? (['reready'] as const) : [])] as const)),
  ];
}

function stopped(plan: Plan, did: Did, halt: NonNullable<Halt>): Decision {
  const over = plan.tracks.filter(({ instance }) => isOver(plan, did, instance)).length;
  const reasons = [
    `${why[halt]}: ${over} of ${plan.tracks.length} instances run ${plan.release}, none was left in between`,
  ];
  return { end: halt === 'signal' ? 'aborted' : 'mixed', reasons };
}

const firstTouch = (records: readonly Performed[], instance: string): number =>
  records.findIndex(
    (record) => record.instance === instance && (record.kind === 'drain' || record.kind === 'activate'),
  );

const tell = (record: Performed): string =>
  `${record.instance}: ${record.kind} failed: ${record.reason ?? 'no reason given'}`;
