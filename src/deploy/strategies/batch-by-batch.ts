/** Batch after batch: out of the traffic, switched, proven, back in. Pure. */
import { notDone, why, type Action, type ActionKind, type Decision, type Halt } from '../model/actions.ts';
import { trackOf, type Plan, type Track } from '../model/plan.ts';
import type { DeployProgress } from '../model/progress.ts';
import { hooksThen } from './failure-hooks.ts';

export function batchByBatch(plan: Plan, progress: DeployProgress, halt: Halt): Decision {
  const batch = openBatch(plan, progress);
  if (hasFailed(plan, progress, halt, batch !== undefined)) {
    const turn = plan.onFailure === 'freeze' ? freeze : goBack;
    return turn(plan, progress, halt, batch);
  }

  // An instance that failed, when that many may: it alone goes back, before anything else is begun.
  const mending = mend(plan, progress);
  return mending.length > 0 ? { act: mending, opens: false } : goOn(plan, progress, halt, batch);
}

function goOn(
  plan: Plan,
  progress: DeployProgress,
  halt: Halt,
  batch: readonly string[] | undefined,
): Decision {
  const opened = (batch ?? []).some((name) => progress.isTouched(name));
  // Whatever stops it: what is open comes to its end first.
  if (!opened && progress.backward.length > 0) return hooksThen(plan, progress, () => mixed(progress, halt));
  if (batch === undefined) return bringToEnd(plan, progress);
  if (halt !== null && !opened) return hooksThen(plan, progress, () => stopped(plan, progress, halt));
  const act = batch.flatMap((name) => nextForward(plan, progress, name));
  return { act, opens: !opened && batch !== plan.batches[0] };
}

/** Whether the release has failed as a whole: too many instances have, or it is late, or has lost too much. */
function hasFailed(plan: Plan, progress: DeployProgress, halt: Halt, isOpen: boolean): boolean {
  const tooMany = progress.bad.length > plan.maxFailures;
  // A deadline that passes when every instance is over has nothing left to save; what was lost is part of the verdict.
  const late = halt === 'deadline' && isOpen;
  return progress.goesBack || halt === 'lost' || (plan.onFailure !== 'continue' && (tooMany || late));
}

/** Every batch is over. */
function bringToEnd(plan: Plan, progress: DeployProgress): Decision {
  const good = plan.tracks.filter(({ instance }) => isOver(plan, progress, instance));
  const left = good.filter(({ instance }) => progress.did('finish', instance) === undefined);
  if (left.length > 0) return { act: left.map(({ instance }) => to(plan, 'finish', instance)), opens: false };
  return hooksThen(plan, progress, () => {
    const reasons = notDone(progress.records);
    if (progress.unfinished.length + progress.unconfirmed.length > 0) return { end: 'mixed', reasons };
    if (progress.bad.length === 0) return { end: 'done', reasons };
    return { end: good.length > 0 ? 'partial' : 'reverted', reasons };
  });
}

const to = (plan: Plan, kind: ActionKind, instance: string): Action => ({
  kind,
  instance,
  release: plan.release,
});

// All are staged by now, unless one was resumed whose server has lost the release since.
const forwardSteps = (plan: Plan): ActionKind[] => [
  'stage',
  ...(plan.hooks.prepare ? (['prepare'] as const) : []),
  ...(plan.balanced ? (['drain'] as const) : []),
  'activate',
  'gate',
  ...(plan.balanced ? (['ready'] as const) : []),
  ...(plan.hooks.after ? (['after'] as const) : []),
];

const isOver = (plan: Plan, progress: DeployProgress, instance: string): boolean =>
  forwardSteps(plan).every((kind) => progress.did(kind, instance) === 'ok');

function openBatch(plan: Plan, progress: DeployProgress): readonly string[] | undefined {
  const settled = (name: string): boolean => progress.isBad(name) || isOver(plan, progress, name);
  while (progress.batch < plan.batches.length && plan.batches[progress.batch]?.every(settled))
    progress.batch += 1;
  return plan.batches[progress.batch];
}

function nextForward(plan: Plan, progress: DeployProgress, instance: string): Action[] {
  if (progress.isBad(instance)) return [];
  const kind = forwardSteps(plan).find((step) => progress.did(step, instance) === undefined);
  return kind === undefined ? [] : [to(plan, kind, instance)];
}

/** The next step back of those that failed; each is looked at until it needs nothing more. */
function mend(plan: Plan, progress: DeployProgress): Action[] {
  const { bad } = progress;
  // One that was not touched serves as it did before.
  const next = (name = ''): Action[] => (progress.isTouched(name) ? nextBack(plan, progress, name) : []);
  while (progress.mended < bad.length && next(bad[progress.mended]).length === 0) progress.mended += 1;
  return bad.slice(progress.mended).flatMap((name) => next(name));
}

/** The way back: batch after batch in reverse, each instance gated by its health. */
function goBack(plan: Plan, progress: DeployProgress, halt: Halt): Decision {
  const last = plan.batches.length - 1;
  const batch = (at: number): readonly string[] => plan.batches[last - at] ?? [];
  // What is out of the traffic comes back before anything else leaves it.
  for (; progress.back <= last; progress.back += 1) {
    const touched = batch(progress.back).filter((name) => progress.isTouched(name));
    const act = touched.flatMap((name) => nextBack(plan, progress, name));
    if (act.length > 0) return { act, opens: false };
  }
  for (; progress.backAstray <= last; progress.backAstray += 1) {
    const act = batch(progress.backAstray).flatMap((name) => nextBack(plan, progress, name));
    if (act.length > 0) return { act, opens: false };
  }
  return hooksThen(plan, progress, () => {
    if (progress.backward.length + progress.unconfirmed.length > 0) return mixed(progress, halt);
    // Who stopped it wants to hear that it stopped; that all went back is the safe state.
    return { end: halt === 'signal' ? 'aborted' : 'reverted', reasons: reasonsOf(progress, halt) };
  });
}

/** What failed stays as it is. The others of its batch come to an end, so that none of them is left out of the traffic. */
function freeze(
  plan: Plan,
  progress: DeployProgress,
  halt: Halt,
  batch: readonly string[] | undefined,
): Decision {
  const collect = progress.bad
    .filter((name) => progress.isTouched(name) && progress.did('collect', name) === undefined)
    .map((name) => to(plan, 'collect', name));
  if (collect.length > 0) return { act: collect, opens: false };
  const act = (batch ?? [])
    .filter((name) => progress.isTouched(name) && !progress.isBad(name))
    .flatMap((name) =>
      progress.did('activate', name) === undefined
        ? nextBack(plan, progress, name)
        : nextForward(plan, progress, name),
    );
  if (act.length > 0) return { act, opens: false };
  return hooksThen(plan, progress, () => ({ end: 'frozen', reasons: reasonsOf(progress, halt) }));
}

const reasonsOf = (progress: DeployProgress, halt: Halt): string[] => [
  ...notDone([...progress.forward, ...progress.backward, ...progress.unconfirmed]),
  ...(halt === null ? [] : [why[halt]]),
];

const mixed = (progress: DeployProgress, halt: Halt): Decision => ({
  end: 'mixed',
  reasons: reasonsOf(progress, halt),
});

/** The next step back of one instance; none when it was not touched, is back, or cannot be brought back. */
function nextBack(plan: Plan, progress: DeployProgress, name: string): Action[] {
  const track = trackOf(plan, name);
  if (!track || !(progress.isTouched(name) || isAstray(plan, track))) return [];
  const steps = backSteps(plan, progress, track);
  const kind = steps.find((step) => progress.did(step, name) === undefined);
  const broken = steps.some((step) => step !== 'collect' && progress.did(step, name) === 'failed');
  return kind === undefined || broken
    ? []
    : [
        {
          kind,
          instance: name,
          release: kind === 'collect' ? plan.release : (track.previous ?? plan.release),
        },
      ];
}

/** It went astray before this deploy: on the way back it is one of those that were switched. */
const isAstray = ({ onFailure }: Plan, { astray }: Track): boolean =>
  astray !== undefined && onFailure !== 'freeze';

function backSteps(plan: Plan, progress: DeployProgress, track: Track): ActionKind[] {
  const { instance, previous, stopped } = track;
  // What it says of itself is read before anything covers it.
  const look = progress.isBad(instance) ? (['collect'] as const) : [];
  if (!progress.began('activate', instance) && !isAstray(plan, track))
    return [...look, ...(plan.balanced ? (['undrain'] as const) : [])];
  return [
    ...look,
    ...(plan.balanced && mayServe(plan, progress, track) ? (['redrain'] as const) : []),
    'restore',
    ...(previous === null || stopped === true
      ? []
      : (['regate', ...(plan.balanced ? (['reready'] as const) : [])] as const)),
  ];
}

/** It is back in the traffic only when `ready` was begun, and has not left it before `drain`. */
const mayServe = (plan: Plan, progress: DeployProgress, track: Track): boolean =>
  progress.began('ready', track.instance) ||
  (isAstray(plan, track) && progress.did('drain', track.instance) !== 'ok');

function stopped(plan: Plan, progress: DeployProgress, halt: NonNullable<Halt>): Decision {
  const over = plan.tracks.filter(({ instance }) => isOver(plan, progress, instance)).length;
  const reasons = [
    ...notDone([...progress.forward, ...progress.unconfirmed]),
    `${why[halt]}: ${over} of ${plan.tracks.length} instances run ${plan.release}, none was left in between`,
  ];
  const isSafe = halt === 'signal' && progress.unconfirmed.length === 0;
  return { end: isSafe ? 'aborted' : 'mixed', reasons };
}

/** Never all of them. */
export const mayFail = ({ onFailure, maxFailures, tracks }: Plan): number =>
  Math.min(onFailure === 'continue' ? tracks.length : maxFailures, tracks.length - 1);
