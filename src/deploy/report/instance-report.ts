/** What became of one instance. Pure. */
import type { ActionKind, Evidence, Performed } from '../plan/actions.ts';
import type { InstanceFacts } from '../plan/facts.ts';
import type { Plan, Track } from '../plan/plan.ts';

export interface InstanceReport {
  readonly name: string;
  readonly release: string | null;
  readonly previous: string | null;
  readonly health: 'healthy' | 'unhealthy' | 'unknown';
  /** `retired`: the group of a blue-green switch that served before; it takes no requests now. */
  readonly did: 'deployed' | 'reverted' | 'retired' | 'untouched' | 'unchanged' | 'failed';
  /** What it said before it was touched again, when it failed. */
  readonly evidence?: Evidence;
}

/** In the order of the plan: those that changed, the group that served before, those that were left alone. */
export function instanceReports(
  plan: Plan,
  facts: Readonly<Record<string, InstanceFacts>>,
  performed: readonly Performed[],
): InstanceReport[] {
  const own = new Map<string, Map<ActionKind, Performed>>();
  for (const item of performed)
    own.set(item.instance, (own.get(item.instance) ?? new Map<ActionKind, Performed>()).set(item.kind, item));
  const of = (name: string) => own.get(name) ?? new Map<ActionKind, Performed>();
  return [
    ...plan.tracks.map((track) => changed(plan, track, of(track.instance))),
    ...plan.retire.map((name) => retired(name, facts[name]?.current ?? null, of(name))),
    ...plan.unchanged.map((name) => same(name, plan.release, 'unchanged', 'healthy')),
  ];
}

const same = (
  name: string,
  release: string | null,
  did: InstanceReport['did'],
  health: InstanceReport['health'],
): InstanceReport => ({ name, release, previous: release, health, did });

function retired(
  name: string,
  current: string | null,
  own: ReadonlyMap<ActionKind, Performed>,
): InstanceReport {
  const isOut = own.get('retire')?.result === 'ok' && !own.has('recall');
  return same(name, current, isOut ? 'retired' : 'untouched', isOut ? 'unknown' : 'healthy');
}

function changed(
  plan: Plan,
  { instance, previous, astray, warm }: Track,
  own: ReadonlyMap<ActionKind, Performed>,
): InstanceReport {
  const did = (kind: ActionKind): 'ok' | 'failed' | undefined => own.get(kind)?.result;
  const evidence = own.get('collect')?.evidence;
  const base = { name: instance, previous, ...(evidence ? { evidence } : {}) };
  if (did('restore') === 'ok') {
    const well = previous === null || did('regate') === 'ok';
    const health = previous === null ? 'unknown' : well ? 'healthy' : 'unhealthy';
    const isBack = well && did('reready') !== 'failed';
    return { ...base, release: previous, health, did: isBack ? 'reverted' : 'failed' };
  }
  if (did('restore') === 'failed') return { ...base, release: null, health: 'unknown', did: 'failed' };
  if (did('activate') === undefined && !(warm && did('ready') !== undefined))
    return {
      ...base,
      release: astray ?? previous,
      health: 'unknown',
      did: did('undrain') === 'failed' ? 'failed' : 'untouched',
    };
  const health = did('gate') === 'ok' ? 'healthy' : 'unhealthy';
  if (warm && did('redrain') === 'ok')
    return { ...base, release: plan.release, health: 'unknown', did: 'untouched' };
  // On the release, and yet not what was to be: it takes no requests, or a hook failed.
  const isWhole = (['gate', 'ready', 'after', 'redrain'] as const).every((kind) => did(kind) !== 'failed');
  return {
    ...base,
    release: plan.release,
    health,
    did: isWhole && health === 'healthy' ? 'deployed' : 'failed',
  };
}
