/**
 * One of many who want the same lock: takes it so many times for a short section of commands under the fence of one
 * server. Now and then it dies with the lock in its hand, hangs for longer than the lease, or steals. A line of JSON a section.
 */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { script } from '../../src/commands/core/command.ts';
import { fenced, fenceExit } from '../../src/commands/core/fence.ts';
import { toShell } from '../../src/commands/core/shell.ts';
import { buildStore } from '../../src/config/sections/store/store.ts';
import { realClock } from '../../src/drivers/clock.ts';
import { realRandom } from '../../src/drivers/random.ts';
import { openRedis } from '../../src/drivers/redis/redis.ts';
import { isCanopyError } from '../../src/errors.ts';
import { acquire, release, show, type Lease } from '../../src/lock/index.ts';
import type { Store } from '../../src/ports/ports.ts';
import { quietLog } from '../support/quiet-log.ts';

export interface Order {
  readonly url: string;
  /** The folder of the server. */
  readonly path: string;
  readonly name: string;
  readonly sections: number;
  readonly leaseMs: number;
  readonly seed: number;
}
export interface Section {
  readonly name: string;
  readonly token: number;
  readonly how: 'whole' | 'died' | 'hung';
  /** Of the clock that all processes of this machine share, in nanoseconds. */
  readonly from: string;
  readonly to: string;
  /** Whether the lock was still ours behind its end: then nobody else can have had it in between. */
  readonly ours: boolean;
  /** From before the lock can have been given until that was known: what a busy machine takes of the lease. */
  readonly heldMs: number;
  /** Why the holder believed that it had lost the lock; null: it did not. */
  readonly lost: string | null;
  /** Exit codes of its commands. */
  readonly codes: readonly number[];
  /** Whose lock was taken away before it; null: nobody's. */
  readonly robbed: string | null;
}

const target = { app: 'shop', environment: 'production' };
const log = quietLog();

/** Leaves its mark alone: whoever finds another's mark was not alone. Both stand outside of what the fence itself uses. */
const body = `mkdir "$1/inside" || { echo "$2 $3" >> "$1/violations"; exit 99; }
echo "$2 $3" >> "$1/order"
rmdir "$1/inside"`;

async function main(order: Order): Promise<void> {
  const { url, name, sections, leaseMs } = order;
  const chance = dice(order.seed);
  const open = (): Promise<Store> => openRedis(buildStore(url));
  let store = await open();
  for (let at = 0; at < sections; at += 1) {
    const run = `${name}-${at}`;
    const robbed = chance() < 0.15 ? await steal(store, run) : null;
    const { lease, asked } = await take(store, { run, leaseMs, waitMs: chance() < 0.1 ? 5000 : 0 }, chance);
    const from = process.hrtime.bigint();
    const how = chance() < 0.02 ? 'died' : chance() < 0.025 ? 'hung' : 'whole';
    const codes = [await command(order, lease)];
    if (how === 'hung') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, leaseMs * 2);
    if (how === 'hung' || (how === 'whole' && chance() < 0.5)) codes.push(await command(order, lease));
    const to = process.hrtime.bigint();
    const ours = (await show(target, store))?.run === run;
    const heldMs = Number(process.hrtime.bigint() - (asked ?? from)) / 1e6;
    const lost = lease.lost.aborted ? String((lease.lost.reason as Error).message) : null;
    if (how === 'died') {
      // Nobody renews it any more, and nobody gives it back.
      await store.close();
      store = await open();
    } else await lease.release();
    const told: Section = {
      ...{ name: run, token: lease.token, how, ours, heldMs, lost, codes, robbed },
      ...{ from: String(from), to: String(to) },
    };
    process.stdout.write(`${JSON.stringify(told)}\n`);
  }
  await store.close();
}

async function take(
  store: Store,
  { run, ...more }: { readonly run: string; readonly leaseMs: number; readonly waitMs: number },
  chance: () => number,
): Promise<{ readonly lease: Lease; readonly asked: bigint | null }> {
  const wanted = {
    app: 'shop',
    environments: ['production'],
    holder: run,
    run,
    reason: 'a section',
    url: '',
  };
  for (;;) {
    // One that waits is given it somewhen in between.
    const asked = more.waitMs === 0 ? process.hrtime.bigint() : null;
    try {
      const ports = { store, clock: realClock, random: realRandom, log };
      return { lease: await acquire({ ...wanted, ...more }, ports), asked };
    } catch (error) {
      // Another has it, or it was stolen in the moment of taking.
      if (!isCanopyError(error) || !['lock-held', 'lock-lost'].includes(error.code)) throw error;
      await sleep(1 + chance() * 8);
    }
  }
}

async function steal(store: Store, run: string): Promise<string | null> {
  try {
    const actor = { name: run, url: '', run };
    const { was } = await release({ ...target, actor, steal: true }, { store, clock: realClock, log });
    return was?.run ?? null;
  } catch (error) {
    // It went to another one meanwhile.
    if (!isCanopyError(error) || error.code !== 'lock-foreign') throw error;
    return null;
  }
}

async function command({ path, name }: Order, { token }: Lease): Promise<number> {
  const text = toShell(fenced(path, token, script(body, path, String(token), name), { waitSeconds: 30 }));
  const child = spawn('sh', ['-c', text], { stdio: 'ignore' });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return code ?? fenceExit.busy;
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

if (process.argv[2] !== undefined) await main(JSON.parse(process.argv[2]) as Order);
