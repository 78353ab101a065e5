/** Taking the lock of one environment or several. */
import { fail } from '../errors.ts';
import type { Random } from '../ports/ports.ts';
import { lockKey } from '../store-keys.ts';
import { hold, type Hold, type HoldPorts } from './hold.ts';
import { showDuration } from '../shared/text/units.ts';
import { nameOf, parseRecord, termOf, writeRecord, type LockRecord } from './record.ts';
import { keepTurn, takeTurn, type Turn } from './turn.ts';
import { messageOf } from '../shared/text/thrown.ts';
import { until } from '../shared/time.ts';

export interface AcquireOptions {
  readonly app: string;
  /** Taken in name order, so that two who want the same never wait for each other. */
  readonly environments: readonly string[];
  /** The Jenkins build or the user. */
  readonly holder: string;
  /** Tells this run from others of the same holder; empty: not known. */
  readonly run: string;
  readonly reason: string;
  /** The build's address, or empty. */
  readonly url: string;
  /** Milliseconds without a renewal after which it is free. */
  readonly leaseMs: number;
  /** Milliseconds to wait for each lock that another holds. */
  readonly waitMs: number;
  /** Where this run stands among those of its job; null: it gives way to nobody. */
  readonly turn?: Turn | null;
}

interface LockPorts extends HoldPorts {
  readonly random: Random;
}

export interface Lease {
  /** The fencing token as it stands now; the same for all environments of the lease. */
  readonly token: number;
  /** A new token above `atLeast` (the highest one seen on any host) and above all given out. Throws `lock-lost` and what the store throws. */
  raise(atLeast: number): Promise<number>;
  /** Aborted when one of the locks is not ours any more; its reason is an Error. */
  readonly lost: AbortSignal;
  /** Frees all of them. Never throws; what the store does not take runs out by itself. */
  release(): Promise<void>;
}

/** How often a lock that another holds is looked at. */
const pollMs = 500;

/**
 * Takes the locks and keeps them until `release`. Throws `lock-held`, `superseded`, `store-record`, `aborted`, and what the store throws:
 * then none of them is held.
 */
export async function acquire(
  options: AcquireOptions,
  ports: LockPorts,
  signal?: AbortSignal,
): Promise<Lease> {
  const names = [...new Set(options.environments)].sort();
  if (names.length === 0) throw new TypeError('a lease of nothing');
  const holds: Hold[] = [];
  const release = async (): Promise<void> => {
    for (const one of [...holds].reverse()) await one.release();
  };
  let token = 0;
  const raise = async (atLeast: number): Promise<number> => {
    const tokens: number[] = [];
    for (const one of holds) tokens.push(await one.raise(Math.max(atLeast, (tokens.at(-1) ?? 1) - 1)));
    token = tokens.at(-1) ?? 0;
    // The counters of all environments come to the same number: one token is valid on all their hosts.
    for (const [at, one] of holds.entries()) if (tokens[at] !== token) await one.raise(token - 1);
    return token;
  };

  try {
    // All are asked for before the first is taken: a newer run stands back behind nobody who will give way.
    for (const environment of names) await askFor(environment, options, ports);
    for (const name of names) holds.push(await takeOne(name, options, ports, signal));
    await raise(0);
    // A server that was replaced gives what another run has on the one in charge.
    if (!(await ports.store.isInCharge())) throw fail('store-replaced', {});
  } catch (error) {
    await release();
    throw error;
  }
  return {
    get token() {
      return token;
    },
    raise,
    lost: AbortSignal.any(holds.map((one) => one.lost)),
    release,
  };
}

async function askFor(environment: string, options: AcquireOptions, { store }: LockPorts): Promise<void> {
  const { app, turn } = options;
  if (turn) await takeTurn({ app, environment }, turn, options, store);
}

async function takeOne(
  environment: string,
  options: AcquireOptions,
  ports: LockPorts,
  signal?: AbortSignal,
): Promise<Hold> {
  const { app, holder, run, reason, url, leaseMs, waitMs, turn } = options;
  const { store, clock, log, random } = ports;
  const key = lockKey(app, environment);
  const began = clock.now();
  const deadline = began + waitMs;
  let told = '';
  let pauseMs = pollMs;
  const look = async (): Promise<Hold | undefined> => {
    if (signal?.aborted === true) throw fail('aborted', { signal: messageOf(signal.reason) });
    const takenAt = clock.now();
    if (turn) await keepTurn({ app, environment }, turn, store);
    const found = await store.get(key);
    if (found === null) {
      const record = {
        id: random.hex(8),
        holder,
        run,
        reason,
        url,
        token: 0,
        since: takenAt,
        until: takenAt + leaseMs,
      };
      const text = writeRecord(record);
      if (await store.swap(key, null, text, leaseMs)) {
        if (told !== '') log.progress(environment, `the lock is ours after ${showDuration(takenAt - began)}`);
        return hold({ store, clock, log, app, environment, leaseMs, record, text, takenAt });
      }
      // Somebody was quicker: who it was is looked at at once.
      pauseMs = 0;
      return undefined;
    }
    const other = parseRecord(found, key);
    if (clock.now() >= deadline) throw held(environment, other);
    // A line for each holder; the progress is what a heartbeat repeats.
    const who = `${nameOf(other)} has it: ${other.reason}`;
    if (told !== other.id) log.info(`waiting for the lock on ${environment}: ${who}; since ${termOf(other)}`);
    told = other.id;
    const waited = `${showDuration(clock.now() - began)} of ${showDuration(waitMs)}`;
    log.progress(environment, `waiting for the lock, ${waited}: ${who}`);
    pauseMs = pollMs;
    return undefined;
  };
  return until(clock, () => Math.min(pauseMs, Math.max(0, deadline - clock.now())), look, signal);
}

/** The refusal, with everything that is known about who has it. */
function held(environment: string, record: LockRecord): Error {
  const { reason, url } = record;
  const facts = { environment, holder: nameOf(record), reason, url };
  return fail('lock-held', { ...facts, since: termOf(record) });
}
