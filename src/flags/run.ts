/** Setting and reading flags. */
import { events, openAudit, type Actor } from '../audit/index.ts';
import { fail, isCanopyError } from '../errors/common.ts';
import { toLine } from '../shared/text/line.ts';
import type { Clock, Log, Store } from '../ports/ports.ts';
import { flagPlain, flagRecord, flagRecords } from '../store-keys.ts';
import { whereItStays } from '../shared/where-it-stays.ts';
import { suggest } from '../shared/text/suggest.ts';
import {
  isFlagName,
  parseFlag,
  parseName,
  parseState,
  plainOf,
  writeFlag,
  type FlagRecord,
  type FlagState,
} from './parse.ts';
import { planSet } from './plan.ts';
import { messageOf } from '../shared/text/thrown.ts';

interface FlagPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Flag extends FlagRecord {
  readonly name: string;
}

interface FlagSet {
  readonly outcome: 'done' | 'unchanged';
  readonly flag: Flag;
  /** Null: it is new. */
  readonly was: FlagState | null;
}

const mostTries = 20;

/**
 * Turns a flag on or off. Throws `flag-name`, `flag-state`, `flag-contended`, `store-record` and what the store throws.
 *
 * The record first, by compare-and-set: it decides between two who set at once. Then the plain key, and a look whether the
 * record is still the one that the plain key was taken from; if not, again. So whoever writes the plain key last has seen the newest
 * record, and the two disagree for the length of one call at most. A crash between the two leaves the plain key as it
 * was; the next set repairs it, also one that changes nothing, and `getFlag` tells of it.
 */
export async function setFlag(
  asked: { readonly app: string; readonly name: string; readonly state: string; readonly actor: Actor },
  ports: FlagPorts,
): Promise<FlagSet> {
  const { app, actor } = asked;
  const { store, clock } = ports;
  const name = parseName(asked.name);
  const state = parseState(asked.state);
  const before = await look(app, name, store);
  const first = planSet(before, { state, by: actor.name, at: clock.now() });
  if (before.record !== null && first.record === null && first.plain === null)
    return { outcome: 'unchanged', flag: { name, ...before.record }, was: before.record.state };

  const intended = {
    action: 'flag set',
    target: name,
    reasons: [`${before.record?.state ?? 'absent'} -> ${state}`],
  };
  const audit = openAudit({ app, actor }, ports);
  const id = await audit.intent(intended);
  try {
    const flag = await whereItStays(() => write(app, name, { state, by: actor.name }, ports), ports);
    await audit.outcome(id, { ...intended, outcome: 'done', event: events.modified });
    return { outcome: 'done', flag, was: before.record?.state ?? null };
  } catch (error) {
    const reasons = [...intended.reasons, messageOf(error)];
    await audit.outcome(id, { ...intended, reasons, outcome: 'failed' });
    throw error;
  }
}

interface FlagFound extends Flag {
  /** What programs read from the plain key. */
  readonly plain: string | null;
}

/** One flag. Throws `flag-name`, `flag-unknown`, `store-record` and what the store throws. */
export async function getFlag(app: string, asked: string, { store, log }: FlagPorts): Promise<FlagFound> {
  const name = parseName(asked);
  const { record, plain } = await look(app, name, store);
  if (record === null) {
    const known = (await store.list(flagRecords(app))).map((key) => key.slice(flagRecords(app).length));
    throw fail('flag-unknown', { app, name, suggestion: suggest(name, known.filter(isFlagName)) });
  }
  if (plain !== plainOf(record.state))
    log.warn(
      `programs do not read ${record.state} for ${name}: canopy flag set ${name} ${record.state} repairs it`,
    );
  return { name, ...record, plain };
}

interface Flags {
  /** Sorted by name. */
  readonly flags: readonly Flag[];
  /** Keys that look like flags and are none of ours. */
  readonly skipped: readonly string[];
}

/** All flags of an application. Throws what the store throws. */
export async function listFlags(app: string, { store, log }: FlagPorts): Promise<Flags> {
  const keys = await store.list(flagRecords(app));
  const found = await Promise.all(keys.map(async (key) => ({ key, text: await store.get(key) })));
  const flags: Flag[] = [];
  const skipped: string[] = [];
  for (const { key, text } of found) {
    const name = key.slice(flagRecords(app).length);
    // Removed since it was listed.
    if (text === null) continue;
    try {
      flags.push({ name: parseName(name), ...parseFlag(text, key) });
    } catch (error) {
      if (!isCanopyError(error)) throw error;
      skipped.push(toLine(key, 200));
      log.warn(`not shown: ${error.message}`);
    }
  }
  return { flags, skipped };
}

interface Both {
  readonly record: FlagRecord | null;
  readonly text: string | null;
  readonly plain: string | null;
}

async function look(app: string, name: string, store: Store): Promise<Both> {
  const key = flagRecord(app, name);
  const [text, plain] = await Promise.all([store.get(key), store.get(flagPlain(app, name))]);
  return { text, plain, record: text === null ? null : parseFlag(text, key) };
}

async function write(
  app: string,
  name: string,
  wanted: { readonly state: FlagState; readonly by: string },
  { store, clock }: FlagPorts,
): Promise<Flag> {
  const key = flagRecord(app, name);
  for (let tries = 0; tries < mostTries; tries += 1) {
    const now = await look(app, name, store);
    const plan = planSet(now, { ...wanted, at: clock.now() });
    if (plan.record !== null && !(await store.swap(key, now.text, writeFlag(plan.record)))) continue;
    const mine = plan.record ?? now.record;
    if (mine === null) continue;
    await follow(app, name, mine, store);
    return { name, ...mine };
  }
  throw fail('flag-contended', { name, tries: mostTries });
}

/** Makes the plain key say what the newest record says, beginning with the one that is known. */
async function follow(app: string, name: string, known: FlagRecord, store: Store): Promise<void> {
  let newest = known;
  for (let tries = 0; tries < mostTries; tries += 1) {
    await store.set(flagPlain(app, name), plainOf(newest.state));
    const { record } = await look(app, name, store);
    if (record === null || record.version <= newest.version) return;
    newest = record;
  }
  throw fail('flag-contended', { name, tries: mostTries });
}
