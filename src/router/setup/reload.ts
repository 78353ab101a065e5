/** Members that change while the router runs: added, dropped, or at another address. */
import type { Clock, Log } from '../../ports/ports.ts';
import type { Checks } from '../fleet/checker.ts';
import type { Fleet, FleetMember } from '../fleet/fleet.ts';
import { Secret } from '../../shared/secret.ts';
import { plannedOf, type PlannedMember, type RouterSetup } from './setup.ts';
import { addressOf, openUpstream } from '../upstream/upstream.ts';
import { messageOf } from '../../shared/text/thrown.ts';
import { atMost } from '../../shared/time.ts';

interface Reloaded {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** At another address, or on the other side. */
  readonly changed: readonly string[];
  /** Keys of `traffic` that have changed and count from the next start only. */
  readonly restart: readonly string[];
}

export type ReloadAnswer =
  { readonly ok: true; readonly done: Reloaded } | { readonly ok: false; readonly reason: string };

interface ReloadSetup {
  readonly fleet: Fleet;
  readonly checks: Checks;
  readonly clock: Clock;
  readonly log: Log;
  readonly running: RouterSetup;
  /** Reads canopy.yml again; null: this router was not started from one. */
  readonly reread: (() => Promise<RouterSetup>) | null;
  /** Members have changed. */
  readonly changed: () => void;
}

/** One after the other. Each answers when the new members have been checked once; a file that is no good changes nothing. */
export function openReload(setup: ReloadSetup): () => Promise<ReloadAnswer> {
  let last: Promise<unknown> = Promise.resolve();
  return () => {
    const mine = last.then(() => reload(setup));
    last = mine;
    return mine;
  };
}

async function reload({
  fleet,
  checks,
  clock,
  log,
  running,
  reread,
  changed,
}: ReloadSetup): Promise<ReloadAnswer> {
  if (reread === null) return { ok: false, reason: 'this router was not started from a canopy.yml' };
  const { health } = running.traffic;
  try {
    const next = await reread();
    if (next.app !== running.app) throw new Error(`it is for ${next.app}, this router serves ${running.app}`);
    const { more, less } = changesOf(fleet.members, plannedOf(next));
    const fresh = fleet.add(more.map((one) => ({ ...one, upstream: openUpstream(one.url) })));
    changed();
    // Nobody who serves goes before those in their place have been asked.
    const asked = Promise.all(fresh.map((member) => checks.watch(member)));
    await atMost(clock, health.everyMs + health.timeoutMs, asked);
    const stays = (member: FleetMember): boolean => member.arm === 'stable' && !less.includes(member);
    if (fleet.usable('stable') > 0 && !fleet.members.some((one) => stays(one) && isServing(one))) {
      fleet.drop(fresh);
      changed();
      throw new Error('of the stable instances that it leaves none is healthy');
    }
    fleet.drop(less);
    changed();
    const done = { ...named(more, less), restart: restartOf(running, next) };
    log.info(`canopy.yml read again: ${show(done)}`);
    return { ok: true, done };
  } catch (error) {
    const reason = messageOf(error);
    log.warn(`canopy.yml read again and refused, nothing has changed: ${reason}`);
    return { ok: false, reason };
  }
}

interface MemberAddress {
  readonly name: string;
  readonly arm: string;
  readonly upstream: { readonly host: string; readonly port: number };
}

/** Who is new and who goes. An instance at another address is both. */
export function changesOf<M extends MemberAddress>(
  members: readonly M[],
  planned: readonly PlannedMember[],
): { readonly more: readonly PlannedMember[]; readonly less: readonly M[] } {
  const same = (member: M, plan: PlannedMember): boolean => {
    const { host, port } = addressOf(plan.url);
    const { name, arm, upstream } = member;
    return name === plan.name && arm === plan.arm && upstream.host === host && upstream.port === port;
  };
  return {
    more: planned.filter((plan) => !members.some((member) => same(member, plan))),
    less: members.filter((member) => !planned.some((plan) => same(member, plan))),
  };
}

function named(
  more: readonly { readonly name: string }[],
  less: readonly { readonly name: string }[],
): Omit<Reloaded, 'restart'> {
  const came = more.map(({ name }) => name);
  const went = less.map(({ name }) => name);
  return {
    added: came.filter((name) => !went.includes(name)),
    removed: went.filter((name) => !came.includes(name)),
    changed: came.filter((name) => went.includes(name)),
  };
}

/** Keys that only a start reads, and that say something else than then. Secrets are compared by what they hold. */
export function restartOf(running: RouterSetup, next: RouterSetup): string[] {
  const revealed = function (this: Record<string, unknown>, key: string, value: unknown): unknown {
    const raw = this[key];
    return raw instanceof Secret ? raw.reveal() : value;
  };
  const text = (value: unknown): string => JSON.stringify(value, revealed) ?? '';
  const keys = Object.keys(next.traffic) as (keyof RouterSetup['traffic'])[];
  // A state that has begun asks for the first two no more; the others are not the router's.
  const live = ['weight', 'sticky', 'probe', 'url'];
  return keys.filter((key) => !live.includes(key) && text(next.traffic[key]) !== text(running.traffic[key]));
}

function show({ added, removed, changed, restart }: Reloaded): string {
  const parts = Object.entries({ added, removed, 'at another address': changed, 'needs a restart': restart })
    .filter(([, names]) => names.length > 0)
    .map(([what, names]) => `${what}: ${names.join(', ')}`);
  return parts.length === 0 ? 'the same instances' : parts.join('; ');
}

const isServing = (member: FleetMember): boolean => !member.drained && member.health.state === 'healthy';
