/** Reading and changing the shared traffic state. Every change is one compare-and-set, so none is lost. */
import { keepAside } from '../record/aside.ts';
import { stickyOf } from '../config/fields/sticky.ts';
import { fail } from '../errors.ts';
import type { Clock, Log, Store } from '../ports/ports.ts';
import { canaryPublic, trafficChannel, trafficState } from '../store-keys.ts';
import { apply, isSafe, merge, type Change } from './change.ts';
import { isName, isSalt, isWeight, parseState, publicRecord, publicText, toText } from './record.ts';
import { outOf, rescued } from './rescue.ts';
import { initial, type First, type TrafficState } from './state.ts';
import { until } from '../shared/time.ts';

const TRIES = 30;

interface StatePorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

/** The state in the store, null when there is none. Throws `store-record` when the record is not one of ours. */
export async function read(app: string, store: Store): Promise<TrafficState | null> {
  return understood(app, await store.get(trafficState(app)));
}

/** Whether the state in the store can be read, if there is one. Throws what the store throws. */
export async function isReadable(app: string, store: Store): Promise<boolean> {
  const text = await store.get(trafficState(app));
  return text === null || parseState(text).ok;
}

/**
 * Makes changes and tells everybody; returns the state that then holds. `first` is what a first state begins with. A record
 * that cannot be read stops no change in the safe direction: a state without a canary is written over it, with the change.
 * Throws `traffic-contended`, `traffic-value`, `store-record` and what the store throws.
 */
export async function change(
  app: string,
  changes: readonly Change[],
  ports: StatePorts,
  first: Partial<First> = {},
): Promise<TrafficState> {
  for (const one of changes) checked(one);
  const begin = (): TrafficState => initial(first.weight ?? 0, ports.clock.now(), first.sticky ?? 'none');
  const next = (current: TrafficState | null): TrafficState => apply(current ?? begin(), ...changes);
  return update(app, next, ports, changes.every(isSafe) ? () => outOf(begin()) : null);
}

/**
 * The same by a router. A store that has lost everything goes on from what the router knows: another history would win over
 * it, with no canary on and nobody drained.
 */
export async function changeFrom(
  local: TrafficState,
  app: string,
  change: Change,
  ports: StatePorts,
): Promise<TrafficState> {
  checked(change);
  const next = (current: TrafficState | null): TrafficState =>
    apply(current ?? history(local, ports), change);
  return update(app, next, ports, isSafe(change) ? () => history(local, ports) : null);
}

/**
 * Puts what a router knows into the store and returns what both come to. Writes nothing when the store knows it already.
 * A state of epoch 0 is a guess that gives way to any other; it becomes a history only where there is none. Over a record
 * that cannot be read it is written when it holds an alert or a revert.
 */
export async function push(app: string, local: TrafficState, ports: StatePorts): Promise<TrafficState> {
  const next = (current: TrafficState | null): TrafficState =>
    current === null ? history(local, ports) : merged(current, local);
  const isHeld = local.alert !== null || local.reverted !== null;
  return update(app, next, ports, isHeld ? () => history(local, ports) : null);
}

const history = (local: TrafficState, { clock }: StatePorts): TrafficState =>
  local.epoch === 0 ? { ...local, epoch: clock.now(), version: 1 } : local;

/** Makes the public key say what the state says, unless it already says something newer. */
export async function publish(app: string, state: TrafficState, store: Store): Promise<void> {
  const key = canaryPublic(app);
  const text = publicText(state);
  for (let tries = 0; tries < TRIES; tries += 1) {
    const before = await store.get(key);
    if (before === text || (before !== null && isNewer(before, state))) return;
    if (await store.swap(key, before, text)) return;
  }
  throw fail('traffic-contended', { key, tries: TRIES });
}

/** `instead`: what is gone on from when the record cannot be read; null: then that is an error. */
async function update(
  app: string,
  next: (current: TrafficState | null) => TrafficState,
  ports: StatePorts,
  instead: (() => TrafficState) | null,
): Promise<TrafficState> {
  const { store, clock, log } = ports;
  const key = trafficState(app);
  let tries = 0;
  const attempt = async (): Promise<TrafficState | undefined> => {
    if (tries >= TRIES) throw fail('traffic-contended', { key, tries: TRIES });
    tries += 1;
    const before = await store.get(key);
    const { current, told } = await currentOf(app, before, ports, instead);
    const after = next(current);
    const text = toText(after);
    // The text is compared, not the object: a record that says the same needs no write.
    if (text !== before && !(await store.swap(key, before, text))) return undefined;
    if (told !== null) log.warn(told);
    await publish(app, after, store);
    if (text !== before) await store.publish(trafficChannel(app), `${after.epoch}.${after.version}`);
    return after;
  };
  return until(clock, () => (tries - 1) * 2, attempt);
}

/** What is gone on from, and what has to be told of it. Throws `store-record`. */
async function currentOf(
  app: string,
  text: string | null,
  ports: StatePorts,
  instead: (() => TrafficState) | null,
): Promise<{ readonly current: TrafficState | null; readonly told: string | null }> {
  if (text === null) return { current: null, told: null };
  const parsed = parseState(text);
  if (parsed.ok) return { current: parsed.value, told: null };
  if (instead === null) throw unreadable(app, parsed.reason);
  const aside = await keepAside(ports.store, trafficState(app), text);
  const told = `the traffic state could not be read (${parsed.reason}): a safe one is written over it; what stood there is kept as ${aside}`;
  return { current: await rescued(app, text, instead(), ports), told };
}

/** Marks that the store did not know are a change like any other: they get a version of their own. */
function merged(current: TrafficState, local: TrafficState): TrafficState {
  const both = merge(current, local);
  const news =
    toText(both) !== toText(current) && both.version === current.version && both.epoch === current.epoch;
  return news ? { ...both, version: both.version + 1 } : both;
}

function understood(app: string, text: string | null): TrafficState | null {
  if (text === null) return null;
  const parsed = parseState(text);
  if (parsed.ok) return parsed.value;
  throw unreadable(app, parsed.reason);
}

const unreadable = (app: string, reason: string): Error =>
  fail('store-record', {
    ...{ key: trafficState(app), reason },
    next: 'canopy canary abort writes a state without a canary over it and keeps this one aside',
  });

function isNewer(text: string, state: TrafficState): boolean {
  const parsed = publicRecord.parse(text);
  if (!parsed.ok) return false;
  const { epoch, version } = parsed.value;
  return (epoch - state.epoch || version - state.version) > 0;
}

function checked(one: Change): void {
  if (one.kind === 'weight' && !isWeight(one.weight))
    throw fail('traffic-value', { what: 'a weight', value: String(one.weight) });
  if (one.kind === 'sticky' && stickyOf(one.mode) === null)
    throw fail('traffic-value', { what: 'the sticky mode', value: String(one.mode) });
  if (one.kind === 'enable' && one.salt !== undefined && !isSalt(one.salt))
    throw fail('traffic-value', { what: 'a salt', value: one.salt });
  if (one.kind !== 'drain') return;
  if (!isName(one.instance)) throw fail('traffic-value', { what: 'an instance', value: one.instance });
}
