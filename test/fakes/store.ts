import { fail } from '../../src/errors.ts';
import type { Clock, Store, StreamEntry } from '../../src/ports/ports.ts';

export interface FakeStore extends Store {
  /** Another server is in charge from here on, with what is there now; this one answers until somebody asks who is in charge. */
  depose(): void;
  /** Redis goes away: every call rejects. */
  down(): void;
  /** It is back: subscribers hear null. */
  up(): void;
  /** Everything is gone, as after a restart without persistence. */
  wipe(): void;
  /** Answers after this was called are those of a replica: it takes no writes. */
  readOnly(on: boolean): void;
  /** The next so many calls are carried out, but their answers are lost. */
  loseAnswers(count: number): void;
  /** Another client of it: closing that one closes no other. */
  client(): Store;
  /** What is in it, without the time. */
  dump(): Record<string, string>;
  /** Milliseconds that a key still has; null: for ever, or absent. */
  ttl(key: string): number | null;
}

interface Held {
  readonly value: string;
  readonly until: number;
}

const url = 'redis://fake:6379/0';

/** A store in memory that behaves like the real one: test/contract/store/store.ts keeps the two equal. */
export function fakeStore(clock: Clock = { now: () => Date.now(), sleep: async () => undefined }): FakeStore {
  const values = new Map<string, Held>();
  const streams = new Map<string, StreamEntry[]>();
  const subscribers = new Map<string, Set<(message: string | null) => void>>();
  let away = false;
  let deposed = false;
  let successor = new Map<string, Held>();
  let replica = false;
  let lost = 0;
  let lastId = { ms: 0, n: 0 };

  const live = (key: string): string | null => {
    const held = values.get(key);
    if (held !== undefined && held.until <= clock.now()) values.delete(key);
    return values.get(key)?.value ?? null;
  };
  const put = (key: string, value: string, ttlMs?: number): void => {
    if (ttlMs !== undefined && !(ttlMs > 0)) throw new RangeError(`a lifetime of ${ttlMs} ms`);
    values.set(key, { value, until: ttlMs === undefined ? Number.POSITIVE_INFINITY : clock.now() + ttlMs });
  };
  /** Every call goes through here: away, carried out, answer lost. */
  const answer = async <T>(work: () => T, writes: boolean): Promise<T> => {
    if (away) throw fail('store-unreachable', { url, reason: 'connection refused' });
    if (writes && replica) throw fail('store-readonly', { url });
    const result = work();
    await Promise.resolve();
    if (lost > 0) {
      lost -= 1;
      throw fail('store-unreachable', { url, reason: 'the connection was lost' });
    }
    return result;
  };
  const tell = (channel: string, message: string | null): void => {
    for (const heard of [...(subscribers.get(channel) ?? [])]) heard(message);
  };

  const client = (): Store => {
    const own = new Set<() => void>();
    let closed = false;
    const call = async <T>(work: () => T, writes = true): Promise<T> => {
      await Promise.resolve();
      if (closed) throw fail('store-unreachable', { url, reason: 'it was closed' });
      return answer(work, writes);
    };
    return {
      get: (key) => call(() => live(key), false),
      set: (key, value, options = {}) =>
        call(() => {
          if (options.ifAbsent === true && live(key) !== null) return false;
          put(key, value, options.ttlMs);
          return true;
        }),
      swap: (key, expected, next, ttlMs, fence) =>
        call(() => {
          if (fence !== undefined && live(fence.key) !== fence.value) return false;
          if (live(key) !== expected) return false;
          if (next === null) values.delete(key);
          else put(key, next, ttlMs);
          return true;
        }),
      remove: (key) =>
        call(() => {
          const was = live(key) !== null;
          return values.delete(key) && was;
        }),
      list: (prefix) =>
        call(() => {
          const keys = [...values.keys()].filter((key) => live(key) !== null);
          return [...keys, ...streams.keys()].filter((key) => key.startsWith(prefix)).sort();
        }, false),
      next: (key, atLeast) =>
        call(() => {
          const text = live(key) ?? '0';
          if (!/^\d{1,15}$/.test(text)) throw fail('store-record', { key, reason: 'it is no counter' });
          const raised = Math.max(Number(text), atLeast) + 1;
          put(key, String(raised));
          return raised;
        }),
      append: (stream, entry, keep) =>
        call(() => {
          const ms = Math.max(clock.now(), lastId.ms);
          lastId = { ms, n: ms === lastId.ms ? lastId.n + 1 : 0 };
          const id = `${ms}-${lastId.n}`;
          const entries = [...(streams.get(stream) ?? []), { id, fields: { ...entry } }];
          streams.set(stream, entries.slice(-keep));
          return id;
        }),
      tail: (stream, count) => call(() => (streams.get(stream) ?? []).slice(-count).reverse(), false),
      publish: (channel, message) => call(() => tell(channel, message), false),
      subscribe: (channel, heard) =>
        call(() => {
          // One entry a subscription, also when the same function subscribes twice.
          const entry = (message: string | null): void => heard(message);
          subscribers.set(channel, (subscribers.get(channel) ?? new Set()).add(entry));
          const leave = (): void => void subscribers.get(channel)?.delete(entry);
          own.add(leave);
          entry(null);
          return async () => leave();
        }, false),
      isInCharge: () =>
        call(() => {
          const was = deposed;
          deposed = false;
          if (was) values.clear();
          if (was) for (const [key, held] of successor) values.set(key, held);
          return !was;
        }, false),
      close: async () => {
        closed = true;
        for (const leave of own) leave();
      },
    };
  };

  return {
    ...client(),
    client,
    depose: () => {
      deposed = true;
      successor = new Map(values);
    },
    down: () => {
      away = true;
    },
    up: () => {
      if (!away) return;
      away = false;
      for (const channel of subscribers.keys()) tell(channel, null);
    },
    wipe: () => {
      values.clear();
      streams.clear();
    },
    readOnly: (on) => {
      replica = on;
    },
    loseAnswers: (count) => {
      lost = count;
    },
    dump: () => Object.fromEntries([...values.keys()].flatMap((key) => entry(key, live(key)))),
    ttl: (key) => {
      const until = live(key) === null ? undefined : values.get(key)?.until;
      return until === undefined || until === Number.POSITIVE_INFINITY ? null : until - clock.now();
    },
  };
}

const entry = (key: string, value: string | null): [string, string][] =>
  value === null ? [] : [[key, value]];
