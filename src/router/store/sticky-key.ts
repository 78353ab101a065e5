/**
 * The key that signs the sticky cookies: one for all routers of the application, made by whoever comes first, kept in the
 * store and on each router's disk. While nobody knows it the router signs with the one that it has; what it signed so is
 * believed by it later too, and signed anew.
 */
import type { Clock, Log, Random, Store } from '../../ports/ports.ts';
import { stickyKey } from '../../store-keys.ts';
import { every, withTimeout } from '../../shared/time.ts';
import { firstKey, isKey, keepKey } from '../disk/key-file.ts';
import type { Assigner } from '../split/assigner.ts';
import { messageOf } from '../../shared/text/thrown.ts';

/** The store is asked so often: who lost it gets it back soon. */
const EVERY_MS = 5000;
const RETRY_MS = 500;
const LIMIT_MS = 2000;
/** So many earlier keys are believed. */
const MOST_OLDER = 2;

interface KeySetup {
  readonly app: string;
  readonly folder: string;
  readonly store: Store | null;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  /** Signs with it. */
  readonly assigner: Assigner;
}

export interface StickyKey {
  /** Asks the store once, if it answers soon. */
  start(): Promise<void>;
  /** Keeps it in the store until the signal. */
  follow(signal: AbortSignal): Promise<void>;
}

export async function openStickyKey(setup: KeySetup): Promise<StickyKey> {
  const { app, folder, store, clock, log, random, assigner } = setup;
  let keys: readonly string[] = [];
  let warned = false;
  use(await remembered());

  return {
    start: async () => void (await ask()),
    async follow(signal) {
      if (store === null) return;
      await every(clock, EVERY_MS, async () => ((await ask()) ? undefined : RETRY_MS), signal);
    },
  };

  async function remembered(): Promise<string> {
    const fresh = random.hex(32);
    try {
      return await firstKey(folder, fresh);
    } catch (error) {
      log.warn(`cannot keep the key of the sticky cookies in ${folder}: ${messageOf(error)}`);
      return fresh;
    }
  }

  /** Whether the store's key is in use now. */
  async function ask(): Promise<boolean> {
    if (store === null) return true;
    const name = stickyKey(app);
    try {
      const there = await withTimeout(store.get(name), LIMIT_MS);
      if (there === null) {
        await withTimeout(store.set(name, keys[0] ?? '', { ifAbsent: true }), LIMIT_MS);
        return ask();
      }
      if (there === keys[0]) return true;
      if (!isKey(there)) {
        if (!warned) log.warn(`${name} holds no key; the router signs with its own`);
        warned = true;
        return true;
      }
      use(there);
      await keepKey(folder, there).catch((error: unknown) =>
        log.warn(`cannot keep the key of the sticky cookies in ${folder}: ${messageOf(error)}`),
      );
      return true;
    } catch (error) {
      log.debug(`the key of the sticky cookies was not asked for: ${messageOf(error)}`);
      return false;
    }
  }

  function use(key: string): void {
    keys = [key, ...keys.filter((one) => one !== key)].slice(0, 1 + MOST_OLDER);
    assigner.use(keys.map((one) => Buffer.from(one, 'hex')));
  }
}
