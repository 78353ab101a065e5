/**
 * A process that tells one message as the watcher does: under a lease, until its end is known, taken over and closed. It dies,
 * or is frozen, where CANOPY_TEST_ORDERS says.
 */
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { realClock } from '../../src/drivers/clock.ts';
import { openRedis } from '../../src/drivers/redis/redis.ts';
import { isCanopyError } from '../../src/errors.ts';
import { Outbox, type MessageOrder } from '../../src/messages/index.ts';
import type { Store } from '../../src/ports/ports.ts';
import { Secret } from '../../src/shared/secret.ts';
import { httpMessenger } from './http-messenger.ts';

export interface SenderOrders {
  readonly app: string;
  readonly redis: string;
  readonly provider: string;
  readonly visible: string;
  readonly to: string;
  readonly stateDir: string | null;
  /** Without a lease anybody may tell. */
  readonly lease: boolean;
  /** The point at which it kills itself; empty: it lives. */
  readonly die: string;
  readonly freeze: boolean;
  /** Each point that is come to is written into this file. */
  readonly file: string;
}

export const LEASE_MS = 1000;
const orders = JSON.parse(process.env['CANOPY_TEST_ORDERS'] ?? '') as SenderOrders;
const { app } = orders;
const seen = new Map<string, number>();
let frozen = false;

function at(name: string): void {
  const times = (seen.get(name) ?? 0) + 1;
  seen.set(name, times);
  const point = times === 1 ? name : `${name} (${times})`;
  appendFileSync(orders.file, `${point}\n`);
  if (point !== orders.die || frozen) return;
  frozen = true;
  process.kill(process.pid, orders.freeze ? 'SIGSTOP' : 'SIGKILL');
}

async function around<T>(name: string, work: () => Promise<T>): Promise<T> {
  at(`before ${name}`);
  const done = await work();
  at(`after ${name}`);
  return done;
}

function watched(store: Store): Store {
  return {
    ...store,
    set: (key, ...words) => around('store: taken over', () => store.set(key, ...words)),
    append: (...words) => around('store: history', () => store.append(...words)),
    swap: (key, expected, next, ...words) => {
      const write = (): Promise<boolean> => store.swap(key, expected, next, ...words);
      if (key.endsWith(':watch')) return write();
      if (!key.includes(':open:')) return around('store: number', write);
      if (next === null) return around('store: freed', write);
      const { outcome, waiting } = JSON.parse(next) as { outcome: unknown; waiting: unknown };
      return around(`store: ${outcome ? 'outcome' : waiting ? 'waiting' : 'intent'}`, write);
    },
  };
}

/** What the store throws means: not now. */
async function now<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (!isCanopyError(error)) throw error;
    return null;
  }
}

async function main(): Promise<void> {
  const url = new Secret(orders.redis);
  const settings = { kind: 'url', url, shown: 'redis', requireAuth: false } as const;
  const store = watched(await openRedis(settings, { patient: true }));
  const lease = { key: `canopy:${app}:watch`, value: String(process.pid) };
  let leads = !orders.lease;
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const messenger = httpMessenger(orders.provider, at);
  const outbox: Outbox = new Outbox(
    {
      ...{ app, stateDir: orders.stateDir, sendWithinMs: 300, timeoutMs: 500 },
      ...(orders.lease ? { fence: () => (leads ? lease : null) } : {}),
      channel: () => ({ messenger, to: orders.to, from: `+1${app}` }),
      onSettled: (slot) => outbox.close(slot),
    },
    {
      store,
      clock: realClock,
      log: { info: say, warn: say, debug: () => undefined, progress: () => undefined },
    },
  );
  const record = `canopy:${app}:taken-over`;
  const order: MessageOrder = {
    ...{ id: `${orders.visible}.0.ann.sms`, person: 'ann', by: 'sms', level: 1, incident: null },
    message: { visible: orders.visible, subject: 'down', text: `down ${orders.visible}` },
  };
  /** What was left by others, or by this process before it was stopped: taken over, then closed. */
  const recover = async (): Promise<void> => {
    for (const slot of await outbox.recover()) {
      if (slot.outcome === null) continue;
      if ((await store.get(record)) === null) await store.set(record, JSON.stringify(slot.outcome));
      await outbox.close(slot);
    }
  };
  /** What the incident knows while the store is away. */
  let taken = false;
  for (; ; await sleep(50)) {
    if (orders.lease)
      await now(async () => {
        const { key, value } = lease;
        const was = leads;
        leads =
          (await store.swap(key, value, value, LEASE_MS)) || (await store.swap(key, null, value, LEASE_MS));
        if (leads && !was) await recover();
      });
    if (!leads) continue;
    taken ||= (await now(() => store.get(record))) !== null;
    if (!taken) {
      const end = await now(() => outbox.deliver(order));
      if (end === null) continue;
      if ((await now(() => store.set(record, JSON.stringify(end)))) === null) continue;
      taken = true;
    }
    if ((await now(() => outbox.close(order).then(() => true))) === null) continue;
    // Without a store the history still waits: it goes there once that is back.
    if (
      (await now(() => recover().then(() => true))) === null ||
      (await now(() => store.get(record))) === null
    ) {
      taken = false;
      continue;
    }
    await store.close();
    process.exit(0);
  }
}

void main();
