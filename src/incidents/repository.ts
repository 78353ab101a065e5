/**
 * Incidents in the store: one record each, changed by compare-and-set, so that a watcher and a person never undo each other. While
 * the store is away the leader goes on with what it knows, by a file of its own, and both are joined when the store is back.
 */
import { isCanopyError } from '../errors.ts';
import type { Log, Store } from '../ports/ports.ts';
import { keepAside } from '../record/aside.ts';
import { list, object } from '../record/fields.ts';
import { defineRecord } from '../record/record.ts';
import { incidentKey, incidentRecords } from '../store-keys.operate.ts';
import { incidentRecord, isIncidentId, type Incident } from './incident.ts';
import { isOver } from './next.ts';

/** So long one that is over can be read. */
const KEEP_MS = 90 * 24 * 3_600_000;

/** Where the leader keeps what the store could not take. */
export interface IncidentFile {
  read(): Promise<string | null>;
  write(text: string): Promise<void>;
}

interface RepositoryPorts {
  readonly store: Store;
  readonly log: Pick<Log, 'warn'>;
  /** Null: who has none throws what the store throws. */
  readonly file?: IncidentFile | null;
}

interface Kept {
  /** As it stands in the store, as far as we know; null: not at all. */
  readonly text: string | null;
  readonly incident: Incident;
}

const fileRecord = defineRecord<{ readonly incidents: readonly Incident[] }>({
  name: 'incidents on the disk',
  version: ['version', 1],
  schema: object({ incidents: list(incidentRecord.schema, 10_000) }),
  longest: 60_000_000,
});

export class IncidentRepository {
  readonly #kept = new Map<string, Kept>();
  /** Changed while the store was away. */
  readonly #unsaved = new Set<string>();
  readonly #app: string;
  readonly #ports: RepositoryPorts;

  constructor(app: string, ports: RepositoryPorts) {
    this.#app = app;
    this.#ports = ports;
  }

  get all(): readonly Incident[] {
    return [...this.#kept.values()].map(({ incident }) => incident);
  }

  /** Some changes are not in the store yet. */
  get isBehind(): boolean {
    return this.#unsaved.size > 0;
  }

  /**
   * Reads all of them again, and writes what the store lacks. What nobody of ours can have written is told, put aside, and runs
   * nothing.
   */
  async load(): Promise<void> {
    const prefix = incidentRecords(this.#app);
    const ids = (await this.#ports.store.list(prefix)).map((key) => key.slice(prefix.length));
    const found = await Promise.all(ids.filter(isIncidentId).map((id) => this.#read(id)));
    const inStore = new Map(found.flatMap((one) => (one === null ? [] : [[one.incident.id, one] as const])));
    for (const incident of await this.#onDisk())
      if (!this.#kept.has(incident.id)) this.#keepUnsaved(incident);
    for (const [id, { incident }] of this.#kept) {
      const there = inStore.get(id);
      // A store that was wiped, or has gone back, learns of what is open yet.
      if (there === undefined && isOver(incident)) this.#kept.delete(id);
      else if (there === undefined) this.#unsaved.add(id);
      else if (!this.#unsaved.has(id)) this.#kept.set(id, there);
    }
    for (const [id, one] of inStore) if (!this.#kept.has(id)) this.#kept.set(id, one);
    await this.#save(inStore);
  }

  /** Reads those again that are not over: a person may have answered. */
  async refresh(): Promise<void> {
    const open = this.all.filter((one) => !isOver(one)).map(({ id }) => id);
    await Promise.all(open.map((id) => this.get(id)));
    if (this.isBehind) await this.load();
  }

  /** One as it is in the store now; null: there is none. */
  async get(id: string): Promise<Incident | null> {
    const found = await this.#read(id);
    if (this.#unsaved.has(id)) return this.#kept.get(id)?.incident ?? null;
    if (found === null) this.#kept.delete(id);
    else this.#kept.set(id, found);
    return found?.incident ?? null;
  }

  /** Writes a new one; false: one of that id is there already. */
  async open(incident: Incident): Promise<boolean> {
    const text = incidentRecord.format(incident);
    const taken = await this.#try(() => this.#swap(incident.id, null, text), incident);
    if (taken === null) return true;
    if (taken) this.#kept.set(incident.id, { text, incident: incidentRecord.fit(incident) });
    return taken;
  }

  /** Changes one: `work` is asked again when somebody else has changed it meanwhile. Null: it is gone. */
  async change(id: string, work: (incident: Incident) => Incident): Promise<Incident | null> {
    let kept = this.#kept.get(id) ?? (await this.#read(id));
    while (kept !== null) {
      const before = kept;
      const changed = work(before.incident);
      if (changed === before.incident) return changed;
      if (this.#unsaved.has(id)) return this.#keepUnsaved(changed);
      const text = incidentRecord.format(changed);
      const ttlMs = isOver(changed) ? KEEP_MS : undefined;
      const taken = await this.#try(() => this.#swap(id, before.text, text, ttlMs), changed);
      if (taken === null) return this.#kept.get(id)?.incident ?? null;
      if (taken) {
        const incident = incidentRecord.fit(changed);
        this.#kept.set(id, { text, incident });
        return incident;
      }
      kept = await this.#read(id);
    }
    this.#kept.delete(id);
    return null;
  }

  /** Null: the store is away, and the change is on the disk. */
  async #try(swap: () => Promise<boolean>, changed: Incident): Promise<boolean | null> {
    try {
      return await swap();
    } catch (error) {
      const { file = null } = this.#ports;
      if (file === null || !isCanopyError(error)) throw error;
      this.#keepUnsaved(changed);
      await this.#writeDisk(file);
      return null;
    }
  }

  #keepUnsaved(changed: Incident): Incident {
    const incident = incidentRecord.fit(changed);
    this.#kept.set(incident.id, { text: this.#kept.get(incident.id)?.text ?? null, incident });
    this.#unsaved.add(incident.id);
    return incident;
  }

  /** What was changed while the store was away, or is missing there. */
  async #save(inStore: ReadonlyMap<string, Kept>): Promise<void> {
    if (this.#unsaved.size === 0) return;
    for (const id of [...this.#unsaved]) {
      const ours = this.#kept.get(id);
      if (ours === undefined) continue;
      const there = inStore.get(id) ?? null;
      // Somebody has acknowledged or resolved it meanwhile: that counts, and what we have told, too.
      const isOurs = there === null || there.text === ours.text;
      const incident = isOurs ? ours.incident : joined(ours.incident, there.incident);
      const text = incidentRecord.format(incident);
      if (!(await this.#swap(id, there?.text ?? null, text, isOver(incident) ? KEEP_MS : undefined)))
        continue;
      this.#kept.set(id, { text, incident });
      this.#unsaved.delete(id);
    }
    const { file = null } = this.#ports;
    if (file !== null) await this.#writeDisk(file);
  }

  #writeDisk(file: IncidentFile): Promise<void> {
    const incidents = [...this.#unsaved].flatMap((id) => this.#kept.get(id)?.incident ?? []);
    return file.write(fileRecord.format({ incidents }));
  }

  async #onDisk(): Promise<readonly Incident[]> {
    const text = (await this.#ports.file?.read()) ?? null;
    if (text === null) return [];
    const parsed = fileRecord.parse(text);
    if (parsed.ok) return parsed.value.incidents;
    this.#ports.log.warn(
      `incidents on the disk cannot be read (${parsed.reason}): only those in the store count`,
    );
    return [];
  }

  #swap(id: string, expected: string | null, next: string, ttlMs?: number): Promise<boolean> {
    return this.#ports.store.swap(incidentKey(this.#app, id), expected, next, ttlMs);
  }

  async #read(id: string): Promise<Kept | null> {
    const { store, log } = this.#ports;
    const key = incidentKey(this.#app, id);
    const text = await store.get(key);
    if (text === null) return null;
    const parsed = incidentRecord.parse(text);
    if (parsed.ok && parsed.value.id === id) return { text, incident: parsed.value };
    const reason = parsed.ok ? 'it bears the id of another one' : parsed.reason;
    const aside = await keepAside(store, key, text);
    await store.swap(key, text, null);
    log.warn(
      `${key} is no incident of ours (${reason}): nothing was done because of it; it is kept at ${aside}`,
    );
    return null;
  }
}

/** Ours went on while the store was away, theirs was changed by somebody: what was told is never lost, and a person's word counts. */
function joined(ours: Incident, theirs: Incident): Incident {
  const told = new Map(theirs.deliveries.map((one) => [one.key, one]));
  for (const one of ours.deliveries)
    if ((told.get(one.key)?.outcome ?? null) === null) told.set(one.key, one);
  const { state, acknowledgedBy, acknowledgedUntil, resolvedBy, resolvedAt } = theirs;
  const said =
    theirs.state === 'open' || ours.state === 'resolved'
      ? {}
      : { state, acknowledgedBy, acknowledgedUntil, resolvedBy, resolvedAt };
  return { ...ours, ...said, deliveries: [...told.values()] };
}
