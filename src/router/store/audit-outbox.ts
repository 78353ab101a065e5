/**
 * The router's entries in the audit stream. What it does never waits for them: they are put on the disk, and into the
 * stream as soon as the store takes them. An entry whose answer was lost on the way may stand there twice.
 */
import { entryFields, events, type Actor, type AuditIntent, type AuditOutcome } from '../../audit/index.ts';
import type { Clock, Log, Store } from '../../ports/ports.ts';
import { auditStream } from '../../store-keys.ts';
import { withTimeout } from '../../shared/time.ts';
import type { OutboxFile, OutboxRecord } from '../disk/outbox-file.ts';

/** The stream is cut to about so many entries. */
const KEEP = 10_000;
/** So many entries wait at the most; then the oldest are given up. */
const MOST = 1000;
const RETRY_MS = 1000;
const LIMIT_MS = 2000;

interface AuditOutboxSetup {
  readonly app: string;
  /** This router. */
  readonly id: string;
  /** The environment that its deeds are shown with. */
  readonly environment: string;
  readonly store: Store | null;
  readonly clock: Clock;
  readonly log: Log;
  readonly spool: OutboxFile;
}

export interface AuditOutbox {
  /** Says what is about to be done, and by whom (null: the router itself); what it returns is told how it went. */
  begin(action: string, by: string | null, reasons?: readonly string[]): (done: AuditEnd) => void;
  /** Writes what waits until the signal, and once more then. */
  follow(signal: AbortSignal): Promise<void>;
}

type AuditEnd = Pick<AuditOutcome, 'outcome' | 'event'> & { readonly reasons?: readonly string[] };

/** How a change of the traffic state ended; `told`: the store has it. */
export const endOf = (told: boolean): AuditEnd =>
  told
    ? { outcome: 'done', event: events.modified }
    : {
        outcome: 'late',
        event: events.modified,
        reasons: ['the store is away: it holds on this router until it is back'],
      };

interface OutboxEntry {
  readonly ref: string;
  fields: Readonly<Record<string, string>>;
}

export async function openAuditOutbox(setup: AuditOutboxSetup): Promise<AuditOutbox> {
  const { app, id, environment, store, clock, log, spool } = setup;
  const waiting: OutboxEntry[] = store === null ? [] : (await spool.load()).map((one) => ({ ...one }));
  let given = 0;
  let failing = false;
  /** A save that has not begun will have everything in it. */
  let queued = false;
  let saving: Promise<void> = Promise.resolve();
  let wake = new AbortController();

  return {
    begin(action, by, reasons = []) {
      const actor: Actor = { name: by ?? `router ${id}`, url: '' };
      const deed: AuditIntent = { action, environment, target: 'traffic', reasons };
      const at = clock.now();
      const intent = add(entryFields('intent', deed, { actor, at }));
      return (done) => {
        const now = clock.now();
        const by = { actor, at: now, intent: intent.id ?? intent.ref, durationMs: now - at };
        add(entryFields('outcome', { ...deed, ...done }, by));
      };
    },
    async follow(signal) {
      const stop = (): void => wake.abort();
      signal.addEventListener('abort', stop, { once: true });
      while (!signal.aborted) {
        const done = await flush();
        if (done && waiting.length > 0) continue;
        await clock.sleep(done ? 3_600_000 : RETRY_MS, wake.signal);
        if (!signal.aborted) wake = new AbortController();
      }
      await flush();
      await saving;
    },
  };

  /** The ids of intents are known by their refs until their outcomes have been made. */
  function add(fields: Readonly<Record<string, string>>): { readonly ref: string; id: string | null } {
    given += 1;
    const entry = { ref: `${id}-${given}`, fields, id: null };
    const told = `audit: ${fields['kind']} ${fields['action']} ${fields['outcome'] ?? ''}`.trim();
    if (store !== null) log.debug(told);
    // There is no stream: then the log is all that tells of it.
    else log.info(`${told} ${fields['actor']}`);
    if (store === null) return entry;
    waiting.push(entry);
    if (waiting.length > MOST) {
      const lost = waiting.shift();
      log.warn(`too many audit entries wait, one is given up: ${JSON.stringify(lost?.fields)}`);
    }
    save();
    wake.abort();
    return entry;
  }

  /** One after the other, in their order; false when the store does not take them. */
  async function flush(): Promise<boolean> {
    for (let next = waiting[0]; next !== undefined && store !== null; next = waiting[0]) {
      // An intent that is still known by its ref never got an id: it was given up.
      const intent = next.fields['intent'] ?? '';
      const fields = /^(\d+-\d+)?$/.test(intent) ? next.fields : { ...next.fields, intent: '' };
      try {
        const stood = await withTimeout(store.append(auditStream(app), fields, KEEP), LIMIT_MS);
        Object.assign(next, { id: stood });
        for (const one of waiting) {
          if (one.fields['intent'] === next.ref) one.fields = { ...one.fields, intent: stood };
        }
        if (waiting[0] === next) waiting.shift();
        save();
        failing = false;
      } catch (error) {
        if (!failing) log.warn(`not in the audit stream yet, kept on the disk: ${String(error)}`);
        failing = true;
        return false;
      }
    }
    return true;
  }

  function save(): void {
    if (queued) return;
    queued = true;
    saving = saving.then(async () => {
      queued = false;
      const now: OutboxRecord[] = waiting.map(({ ref, fields }) => ({ ref, fields }));
      await spool
        .save(now)
        .catch((error: unknown) => log.warn(`cannot keep audit entries: ${String(error)}`));
    });
  }
}
