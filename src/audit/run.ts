/** The audit stream: an intent before each action, its outcome after. */
import { isCanopyError } from '../errors/common.ts';
import type { Clock, Log, Store } from '../ports/ports.ts';
import { auditStream } from '../store-keys.ts';
import {
  entryLine,
  isEntryId,
  parseEntry,
  toFields,
  type Actor,
  type AuditEntry,
  type AuditIntent,
  type AuditOutcome,
} from './parse.ts';

/** About so many entries are kept; the store may hold some more. */
const keep = 10_000;
/** Entries that wait for the store at most; older ones are given up first. */
const mostWaiting = 1000;

interface AuditOptions {
  readonly app: string;
  readonly actor: Actor;
  /** Hears each entry that the store did not take when it was written: to spool it elsewhere. */
  readonly onLost?: (entry: Readonly<Record<string, string>>) => void;
}

interface AuditPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

interface Audit {
  /** Says what is about to be done; the id is for `outcome`. */
  intent(intended: AuditIntent): Promise<string>;
  /** Says how it went. */
  outcome(intent: string, done: AuditOutcome): Promise<void>;
}

interface QueuedEntry {
  readonly ref: string;
  readonly fields: Readonly<Record<string, string>>;
}

/**
 * Never fails an action because the store is away: an entry that it does not take is told as a warning, given to `onLost`, kept in
 * memory and written before the next one that it takes, with the time it was made at. When the process ends before that,
 * it is lost to the stream; the log, in words, and `onLost` have it. An entry whose answer was lost on the way may stand there twice.
 */
export function openAudit({ app, actor, onLost }: AuditOptions, { store, clock, log }: AuditPorts): Audit {
  const stream = auditStream(app);
  const waiting: QueuedEntry[] = [];
  /** Ids that the store gave to entries which had to wait. */
  const ids = new Map<string, string>();
  /** When each intent was made, by what `intent` gave for it. */
  const begun = new Map<string, number>();
  let made = 0;

  const write = async (fields: Readonly<Record<string, string>>): Promise<string> => {
    const ref = `waiting-${(made += 1)}`;
    waiting.push({ ref, fields });
    if (waiting.length > mostWaiting) waiting.shift();
    try {
      await flush();
    } catch (error) {
      if (!isCanopyError(error)) throw error;
      log.warn(`not in the audit stream yet (${error.message}): ${entryLine(fields)}`);
      onLost?.(fields);
    }
    const id = ids.get(ref);
    // Only an intent that had to wait is asked for again, by its outcome.
    ids.delete(ref);
    return id ?? ref;
  };
  let running: Promise<void> = Promise.resolve();
  /** One at a time, in order: two actions beside each other must not write the same entry twice. */
  const flush = (): Promise<void> => {
    const mine = running.then(drain, drain);
    running = mine;
    return mine;
  };
  const drain = async (): Promise<void> => {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      const intent = next.fields['intent'] ?? '';
      const fields = {
        ...next.fields,
        intent: ids.get(intent) ?? (intent.startsWith('waiting-') ? '' : intent),
      };
      ids.set(next.ref, await store.append(stream, fields, keep));
      if (waiting[0] === next) waiting.shift();
    }
  };

  return {
    intent: async (intended) => {
      const at = clock.now();
      const id = await write(toFields('intent', intended, { actor, at }));
      begun.set(id, at);
      return id;
    },
    outcome: async (intent, done) => {
      const at = clock.now();
      const since = begun.get(intent);
      begun.delete(intent);
      const durationMs = since === undefined ? null : at - since;
      await write(toFields('outcome', done, { actor, at, intent, durationMs }));
    },
  };
}

export interface History {
  /** Newest first. */
  readonly entries: readonly AuditEntry[];
  /** Ids of entries that we did not write so, newest first (`0-0`: the id is odd too): nothing in them is shown or used. */
  readonly unreadable: readonly string[];
}

/** The newest `count` entries; all that are kept without it. Throws what the store throws. */
export async function history(store: Store, app: string, count = 2 * keep): Promise<History> {
  const found = (await store.tail(auditStream(app), count)).map((raw) => ({ raw, entry: parseEntry(raw) }));
  return {
    entries: found.flatMap(({ entry }) => (entry === null ? [] : [entry])),
    unreadable: found.flatMap(({ raw, entry }) =>
      entry === null ? [isEntryId(raw.id) ? raw.id : '0-0'] : [],
    ),
  };
}
