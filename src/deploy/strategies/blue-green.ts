/** Blue-green: the idle group gets the release and is proven, then the traffic goes over at once. Pure. */
import {
  notDone,
  showAction,
  why,
  type Action,
  type ActionKind,
  type Decision,
  type Halt,
} from '../model/actions.ts';
import { failureHooks } from './failure-hooks.ts';
import type { Strategy } from './strategy.ts';
import { trackOf, type Plan, type Track } from '../model/plan.ts';
import type { DeployProgress } from '../model/progress.ts';

function switching(plan: Plan, progress: DeployProgress, halt: Halt): Decision {
  const names = plan.tracks.map(({ instance }) => instance);
  // All have left `kind` behind them when none is returned.
  const rest = (kind: ActionKind, of: readonly string[], release = plan.release): Action[] =>
    of
      .filter((instance) => progress.did(kind, instance) === undefined)
      .map((instance) => ({ kind, instance, release }));
  const switched = rest('ready', names).length === 0 && rest('retire', plan.retire).length === 0;
  if (turnsBack(plan, progress, halt, switched)) return goBack(plan, progress, halt);

  const cold = plan.tracks.filter(({ warm }) => !warm).map(({ instance }) => instance);
  for (const [kind, of] of [
    ['drain', cold],
    ['activate', cold],
    ['gate', names],
    ['ready', names],
    ['retire', plan.retire],
    ['after', plan.hooks.after ? names : []],
    ['finish', names],
    ['cool', plan.retire],
  ] as const) {
    const act = rest(kind, of);
    if (act.length > 0) return { act, opens: kind === 'ready' };
  }
  const reasons = notDone(progress.records);
  return { end: progress.unfinished.length + progress.unconfirmed.length > 0 ? 'mixed' : 'done', reasons };
}

/** Once the old group has left the traffic, going on is the short way; once it is told to stop, the only one. */
function turnsBack({ retire }: Plan, progress: DeployProgress, halt: Halt, switched: boolean): boolean {
  if (progress.forward.length > 0 || progress.goesBack) return true;
  const cooling = retire.some((instance) => progress.did('cool', instance) !== undefined);
  return halt !== null && (!switched || (halt === 'lost' && !cooling));
}

/** The old group takes the traffic back first; then the new one leaves it and gets its earlier release. */
function goBack(plan: Plan, progress: DeployProgress, halt: Halt): Decision {
  const reasons = [...progress.forward.map(showAction), ...(halt === null ? [] : [why[halt]])];
  const collect = progress.bad
    .filter((name) => progress.did('collect', name) === undefined && isTrack(plan, name))
    .map((instance) => ({ kind: 'collect', instance, release: plan.release }) as const);
  if (collect.length > 0) return { act: collect, opens: false };
  const back = plan.onFailure === 'freeze' ? [] : wayBack(plan, progress);
  if (back.length > 0) return { act: back, opens: false };
  const hooks = failureHooks(plan, progress);
  if (hooks.length > 0) return { act: hooks, opens: false };
  if (plan.onFailure === 'freeze') return { end: 'frozen', reasons: told(progress, reasons) };
  if (isHarmed(plan, progress)) return { end: 'mixed', reasons: told(progress, reasons) };
  return { end: halt === 'signal' ? 'aborted' : 'reverted', reasons: told(progress, reasons) };
}

/** An idle group that is not back harms nobody, as long as the other one serves alone. */
function isHarmed({ retire }: Plan, { backward, unconfirmed }: DeployProgress): boolean {
  const isServing = ({ kind }: Action): boolean => kind === 'redrain' || kind === 'recall';
  const counts = retire.length === 0 || backward.some(isServing);
  return (backward.length > 0 && counts) || unconfirmed.length > 0;
}

/** What is next on the way back; empty: all of it has been tried. */
function wayBack({ tracks, retire, release }: Plan, progress: DeployProgress): Action[] {
  const recall = retire
    .filter((name) => progress.began('retire', name) && progress.did('recall', name) === undefined)
    .map((instance) => ({ kind: 'recall', instance, release }) as const);
  // Nobody may be left without an instance that serves.
  const isHalf = progress.backward.some(({ kind }) => kind === 'recall');
  if (recall.length > 0 || isHalf) return recall;
  for (const kind of ['redrain', 'restore', 'regate'] as const) {
    const act = tracks
      .filter((track) => wants(kind, track, progress))
      .map(({ instance, previous }) => ({ kind, instance, release: previous ?? release }));
    if (act.length > 0) return act;
  }
  return [];
}

function wants(kind: 'redrain' | 'restore' | 'regate', track: Track, progress: DeployProgress): boolean {
  const { instance, previous, stopped, warm } = track;
  if (progress.did(kind, instance) !== undefined) return false;
  if (kind === 'redrain') return progress.began('ready', instance);
  if (kind === 'regate')
    return previous !== null && stopped !== true && progress.did('restore', instance) === 'ok';
  // What may still take requests is not switched.
  if (progress.did('redrain', instance) === 'failed') return false;
  return !warm && progress.began('activate', instance);
}

const told = (progress: DeployProgress, reasons: readonly string[]): string[] => [
  ...reasons,
  ...notDone([...progress.backward, ...progress.unconfirmed]),
];

const isTrack = (plan: Plan, name: string): boolean => trackOf(plan, name) !== undefined;

export const blueGreen: Strategy = {
  batches: (names) => [names],
  // A group takes over as a whole.
  mayFail: () => 0,
  decide: switching,
  // A switch takes a whole group out: the other one has to be there.
  mostOut: () => null,
  switchesGroups: true,
};
