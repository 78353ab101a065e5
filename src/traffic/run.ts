/** Reading and changing the shared traffic state. Every change is one compare-and-set, so none is lost. */
import type { Clock, Store } from '../ports.ts';
import { fail } from '../errors.ts';
import { apply, merge, type Change } from './change.ts';
import { canaryPublic, trafficChannel, trafficState } from '../store-keys.ts';
import { stickyOf } from '../config/sticky.ts';
import { count, isSalt, isWeight, parseState, parsing } from './parse.ts';
import { initial, publicText, toText, type First, type TrafficState } from './state.ts';

const TRIES = 30;

export interface StatePorts {
  readonly store: Store;
  readonly clock: Clock;
}

/** The state in the store, null when there is none. Throws `store-record` when the record is not one of ours. */
export async function read(app: string, store: Store): Promise<TrafficState | null> {
  return understood(app, await store.get(trafficState(app)));
}

/**
 * Makes changes and tells everybody; returns the state that then holds. `first` is what a first state begins with. Throws `traffic-contended`, `traffic-value`, `store-record` and what the store throws.
 */
export async function change(
  app: string,
  changes: readonly Change[],
  ports: StatePorts,
  first: Partial<First> = {},
): Promise<TrafficState> {
  for (const one of changes) checked(one);
  const begin = (): TrafficState => initial(first.weight ?? 0, ports.clock.now(), first.sticky ?? 'none');
  return update(app, (current) => apply(current ?? begin(), ...changes), ports);
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
  return update(app, (current) => apply(current ?? history(local, ports), change), ports);
}

/**
 * Puts what a router knows into the store and returns what both come to. Writes nothing when the store knows it already.
 * A state of epoch 0 is a guess that gives way to any other; it becomes a history only where there is none.
 */
export async function push(app: string, local: TrafficState, ports: StatePorts): Promise<TrafficState> {
  return update(app, (current) => (current === null ? history(local, ports) : merged(current, local)), ports);
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

async function update(
  app: string,
  next: (current: TrafficState | null) => TrafficState,
  { store, clock }: StatePorts,
): Promise<TrafficState> {
  const key = trafficState(app);
  for (let tries = 0; tries < TRIES; tries += 1) {
    const before = await store.get(key);
    const current = understood(app, before);
    const after = next(current);
    const text = toText(after);
    // The text is compared, not the object: a record that says the same needs no write.
    if (text !== before && !(await store.swap(key, before, text))) {
      await clock.sleep(tries * 2);
      continue;
    }
    await publish(app, after, store);
    if (text !== before) await store.publish(trafficChannel(app), `${after.epoch}.${after.version}`);
    return after;
  }
  throw fail('traffic-contended', { key, tries: TRIES });
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
  throw fail('store-record', { key: trafficState(app), reason: parsed.reason });
}

function isNewer(text: string, state: TrafficState): boolean {
  const parsed = parsing(
    text,
    (it) => [count(it['epoch'], 'epoch'), count(it['version'], 'version')] as const,
  );
  if (!parsed.ok) return false;
  const [epoch, version] = parsed.value;
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
  if (!/^[A-Za-z0-9][\w.-]{0,99}$/.test(one.instance))
    throw fail('traffic-value', { what: 'an instance', value: one.instance });
}
