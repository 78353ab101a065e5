/**
 * The router's entries in the audit stream. What it does never waits for them: they are put on the disk, and into the
 * stream as soon as the store takes them. An entry whose answer was lost on the way may stand there twice.
 */
import {
  entryFields,
  entryLine,
  events,
  type Actor,
  type AuditIntent,
  type AuditOutcome,
} from '../../audit/index.ts';
import type { Clock, Log, Store } from '../../ports/ports.ts';
import { auditStream } from '../../store-keys.ts';
import { WakeablePause, withTimeout } from '../../shared/time.ts';
import type { OutboxRecord } from '../disk/outbox-file.ts';
import type { ProcessFile } from '../../shared/files/process-file.ts';
import { messageOf } from '../../shared/text/thrown.ts';

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
  /** The environment that its actions are shown with. */
  readonly environment: string;
  readonly store: Store | null;
  readonly clock: Clock;
  readonly log: Log;
  readonly file: ProcessFile<OutboxRecord>;
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
  const waiting = setup.store === null ? [] : await setup.file.load();
  return new StreamOutbox(
    setup,
    waiting.map((one) => ({ ...one })),
  );
}

class StreamOutbox implements AuditOutbox {
  readonly #setup: AuditOutboxSetup;
  readonly #waiting: OutboxEntry[];
  #given = 0;
  #failing = false;
  /** A save that has not begun will have everything in it. */
  #queued = false;
  #saving: Promise<void> = Promise.resolve();
  #pause = new WakeablePause();

  constructor(setup: AuditOutboxSetup, waiting: OutboxEntry[]) {
    this.#setup = setup;
    this.#waiting = waiting;
  }

  begin(action: string, by: string | null, reasons: readonly string[] = []): (done: AuditEnd) => void {
    const { id, environment, clock } = this.#setup;
    const actor: Actor = { name: by ?? `router ${id}`, url: '' };
    const intended: AuditIntent = { action, environment, target: 'traffic', reasons };
    const at = clock.now();
    const intent = this.#add(entryFields('intent', intended, { actor, at }));
    return (done) => {
      const now = clock.now();
      const about = { actor, at: now, intent: intent.id ?? intent.ref, durationMs: now - at };
      this.#add(entryFields('outcome', { ...intended, ...done }, about));
    };
  }

  async follow(signal: AbortSignal): Promise<void> {
    const { clock } = this.#setup;
    while (!signal.aborted) {
      const done = await this.#flush();
      if (done && this.#waiting.length > 0) continue;
      await this.#pause.sleep(clock, done ? 3_600_000 : RETRY_MS, signal);
    }
    await this.#flush();
    await this.#saving;
  }

  /** The ids of intents are known by their refs until their outcomes have been made. */
  #add(fields: Readonly<Record<string, string>>): { readonly ref: string; id: string | null } {
    const { id, store, log } = this.#setup;
    this.#given += 1;
    const entry = { ref: `${id}-${this.#given}`, fields, id: null };
    const line = `audit: ${entryLine(fields)}`;
    if (store === null) {
      // There is no stream: then the log is all that tells of it.
      log.info(line);
      return entry;
    }
    log.debug(line);
    this.#waiting.push(entry);
    if (this.#waiting.length > MOST) {
      const lost = this.#waiting.shift();
      log.warn(
        `more than ${MOST} audit entries wait for the store, the oldest is given up: ${entryLine(lost?.fields ?? {})}`,
      );
    }
    this.#save();
    this.#pause.wake();
    return entry;
  }

  /** One after the other, in their order; false when the store does not take them. */
  async #flush(): Promise<boolean> {
    const { app, store, log } = this.#setup;
    const waiting = this.#waiting;
    for (let next = waiting[0]; next !== undefined && store !== null; next = waiting[0]) {
      // An intent that is still known by its ref never got an id: it was given up.
      const intent = next.fields['intent'] ?? '';
      const fields = /^(\d+-\d+)?$/.test(intent) ? next.fields : { ...next.fields, intent: '' };
      try {
        this.#written(next, await withTimeout(store.append(auditStream(app), fields, KEEP), LIMIT_MS));
        this.#failing = false;
      } catch (error) {
        if (!this.#failing) log.warn(`not in the audit stream yet, kept on the disk: ${messageOf(error)}`);
        this.#failing = true;
        return false;
      }
    }
    return true;
  }

  #written(entry: OutboxEntry, id: string): void {
    Object.assign(entry, { id });
    for (const one of this.#waiting)
      if (one.fields['intent'] === entry.ref) one.fields = { ...one.fields, intent: id };
    if (this.#waiting[0] === entry) this.#waiting.shift();
    this.#save();
  }

  #save(): void {
    if (this.#queued) return;
    this.#queued = true;
    this.#saving = this.#saving.then(async () => {
      this.#queued = false;
      const now: OutboxRecord[] = this.#waiting.map(({ ref, fields }) => ({ ref, fields }));
      await this.#setup.file
        .save(now)
        .catch((error: unknown) => this.#setup.log.warn(`cannot keep audit entries: ${messageOf(error)}`));
    });
  }
}
