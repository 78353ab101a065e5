/** What became of one instance. Pure. */
import type { ActionKind, Evidence, Performed, Proof, ProofFinding } from '../model/actions.ts';
import type { InstanceFacts } from '../model/facts.ts';
import type { Plan, Track } from '../model/plan.ts';

export interface InstanceReport {
  readonly name: string;
  readonly release: string | null;
  readonly previous: string | null;
  readonly health: 'healthy' | 'unhealthy' | 'unknown';
  /** `retired`: the group of a blue-green switch that served before; it takes no requests now. */
  readonly did: 'deployed' | 'reverted' | 'retired' | 'untouched' | 'unchanged' | 'failed';
  /** What it said before it was touched again, when it failed. */
  readonly evidence?: Evidence;
  /** What showed that it was the release which answered; `none`: nothing did. Absent where nobody asked. */
  readonly proof?: Proof | 'none';
}

/** In the order of the plan: those that changed, the group that served before, those that were left alone. */
export function instanceReports(
  plan: Plan,
  facts: Readonly<Record<string, InstanceFacts>>,
  performed: readonly Performed[],
  healthy: ReadonlyMap<string, ProofFinding>,
): InstanceReport[] {
  const own = new Map<string, Map<ActionKind, Performed>>();
  for (const item of performed)
    own.set(item.instance, (own.get(item.instance) ?? new Map<ActionKind, Performed>()).set(item.kind, item));
  const of = (name: string) => own.get(name) ?? new Map<ActionKind, Performed>();
  return [
    ...plan.tracks.map((track) => changed(plan, track, of(track.instance))),
    ...plan.retire.map((name) => retired(name, facts[name]?.current ?? null, of(name))),
    ...plan.unchanged.map((name) => unchanged(name, plan.release, facts[name], healthy.get(name))),
  ];
}

/** The group that waits, of two of which the other one runs the release, may run anything. */
function unchanged(
  name: string,
  release: string,
  facts: InstanceFacts | undefined,
  healthy: ProofFinding | undefined,
): InstanceReport {
  if (healthy) return { ...same(name, release, 'unchanged', 'healthy'), ...proofOf(healthy) };
  const isOther = facts !== undefined && facts.current !== release;
  return same(name, isOther ? facts.current : release, isOther ? 'untouched' : 'unchanged', 'unknown');
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
  const result = (kind: ActionKind) => resultOf(own.get(kind));
  if (result('recall') === 'failed') return same(name, current, 'failed', 'unknown');
  // The balancer has waited until it was healthy.
  if (result('recall') === 'ok') return same(name, current, 'untouched', 'healthy');
  if (result('retire') === 'failed') return same(name, current, 'failed', 'unknown');
  if (result('retire') === undefined) return same(name, current, 'untouched', 'unknown');
  const left = same(name, current, 'retired', 'unknown');
  return isSilent(own.get('cool')) ? { ...left, release: null } : left;
}

type InstanceOutcome = Pick<InstanceReport, 'release' | 'health' | 'did'>;

function changed(plan: Plan, track: Track, own: ReadonlyMap<ActionKind, Performed>): InstanceReport {
  const { instance, previous } = track;
  const evidence = own.get('collect')?.evidence;
  const proof = proofOf(own.get('regate') ?? own.get('gate'));
  const outcome = outcomeOf(plan, track, own);
  return { name: instance, previous, ...(evidence ? { evidence } : {}), ...proof, ...outcome };
}

function outcomeOf(
  { release }: Plan,
  track: Track,
  own: ReadonlyMap<ActionKind, Performed>,
): InstanceOutcome {
  const { previous, astray, warm } = track;
  const did = (kind: ActionKind) => resultOf(own.get(kind));
  if (did('restore') !== undefined) return putBack(track, own);
  const isBegun = did('activate') !== undefined || (warm && did('ready') !== undefined);
  if (!isBegun) {
    const isLeft = did('undrain') !== 'failed';
    return { release: astray ?? previous, health: 'unknown', did: isLeft ? 'untouched' : 'failed' };
  }
  if (warm && did('redrain') === 'ok') return { release, health: 'unknown', did: 'untouched' };
  return switched(release, own);
}

function switched(release: string, own: ReadonlyMap<ActionKind, Performed>): InstanceOutcome {
  const did = (kind: ActionKind) => resultOf(own.get(kind));
  // It may have taken effect all the same, or half of it.
  const isSwitched = did('activate') !== 'failed';
  const isKnown = isSwitched && !isSilent(own.get('finish'));
  const health = isKnown ? healthOf(own) : 'unknown';
  // On the release, and yet not what was to be: it takes no requests, or a hook failed, or its end did.
  const isWhole = (['gate', 'ready', 'after', 'redrain', 'finish'] as const).every(
    (kind) => did(kind) !== 'failed',
  );
  const isDone = isWhole && health === 'healthy';
  return { release: isKnown ? release : null, health, did: isDone ? 'deployed' : 'failed' };
}

function putBack({ previous, stopped }: Track, own: ReadonlyMap<ActionKind, Performed>): InstanceOutcome {
  if (own.get('restore')?.result === 'failed') return { release: null, health: 'unknown', did: 'failed' };
  const gate = own.get('regate');
  // What did not run before does not run now: nobody is asked.
  const isUnasked = previous === null || stopped === true;
  const health = isUnasked ? 'unknown' : asked(gate);
  const well = isUnasked || gate?.result === 'ok';
  const isBack = well && resultOf(own.get('reready')) !== 'failed';
  return { release: previous, health, did: isBack ? 'reverted' : 'failed' };
}

/** What nobody has confirmed is told as what failed is: it may take no requests. */
const resultOf = (record: Performed | undefined): Performed['result'] | undefined =>
  record?.unconfirmed === undefined ? record?.result : 'failed';

/** Why nothing proves it stands in `notProven`. */
function proofOf(found: ProofFinding | undefined): Pick<InstanceReport, 'proof'> {
  const proof = found?.proof ?? (found?.unproven === undefined ? null : 'none');
  return proof === null ? {} : { proof };
}

/** By its gate, and by what its end has found. */
const healthOf = (own: ReadonlyMap<ActionKind, Performed>): InstanceReport['health'] =>
  own.get('finish')?.problem?.code === 'release-ended' ? 'unhealthy' : asked(own.get('gate'));

/** What a gate tells; one that nobody answered tells nothing. */
function asked(gate: Performed | undefined): InstanceReport['health'] {
  if (gate?.result === 'ok') return gate.unwell ? 'unhealthy' : 'healthy';
  return gate === undefined || isSilent(gate) ? 'unknown' : 'unhealthy';
}

/** Whether it failed because the server was not reached, or let nobody in: what runs there is not known. */
export const isSilent = (record: Performed | undefined): boolean =>
  record?.result === 'failed' && silent.test(record.problem?.code ?? '');

const silent = /^(ssh-.+|remote-(timeout|stopped)|lock-(stale|lost)|host-busy|token-unreadable)$/;
