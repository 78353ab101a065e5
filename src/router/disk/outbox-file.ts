/** Entries for the audit stream that wait on this machine's disk: they outlast the process. */
import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../../shared/files/atomic-file.ts';
import type { Log } from '../../ports/ports.ts';
import { defineRecord, jsonIn, readBy, type Schema } from '../../record/record.ts';
import { byName, line, list, object } from '../../record/fields.ts';
import { ownFile } from './state-file.ts';
import { messageOf } from '../../shared/text/thrown.ts';

export interface OutboxRecord {
  /** Names the entry until the stream has given it an id. */
  readonly ref: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface OutboxFile {
  /** What earlier routers of this folder left there; it is ours from here on. What cannot be read is kept aside and told. */
  load(): Promise<readonly OutboxRecord[]>;
  /** What waits now; nothing: no file. */
  save(entries: readonly OutboxRecord[]): Promise<void>;
}

const LONGEST = 100_000_000;
const text = line(1_000_000);
/** The audit stream's reader judges the fields. */
const entry: Schema<OutboxRecord> = object({ ref: text, fields: byName(() => true, text, 1000) });

export const outboxRecord = defineRecord<readonly OutboxRecord[]>({
  name: 'the entries that wait for the audit stream',
  schema: list(entry, 100_000),
  longest: LONGEST,
});

export function openOutboxFile(folder: string, log: Log): OutboxFile {
  const own = join(folder, nameOf(process.pid));
  return {
    async load() {
      const names = await readdir(folder).catch((): string[] => []);
      const entries: OutboxRecord[] = [];
      for (const name of names.sort()) {
        const claimed = await claim(name);
        if (claimed === null) continue;
        const left = await readFile(claimed, 'utf8').then(parseOutboxFile, notRead);
        // One that died in between may have left the same twice.
        const known = new Set(entries.map(({ ref }) => ref));
        entries.push(...left.entries.filter(({ ref }) => !known.has(ref)));
        if (entries.length > 0) await save(entries);
        if (left.wrong === null) await rm(claimed, { force: true });
        else await setAside(claimed, name, left.wrong);
      }
      return entries;
    },
    save: (entries) => (entries.length === 0 ? rm(own, { force: true }) : save(entries)),
  };

  /** The file under a name of our own; null: it is none of a router that has ended, or another router has it. Of several that begin at once only one gets it. */
  async function claim(name: string): Promise<string | null> {
    const [, pid, claimer] = /^audit-(\d+)\.json(?:\.(\d+)\.claimed)?$/.exec(name) ?? [];
    // One that has died while it took it over has left it so.
    const owner = Number(claimer ?? pid ?? 0);
    if (owner === 0 || (owner !== process.pid && lives(owner))) return null;
    const claimed = join(folder, `audit-${pid}.json.${process.pid}.claimed`);
    return rename(join(folder, name), claimed).then(
      () => claimed,
      () => null,
    );
  }

  async function setAside(claimed: string, name: string, wrong: string): Promise<void> {
    const there = new Set(await readdir(folder));
    let aside = `${name}.bad`;
    for (let n = 2; there.has(aside); n += 1) aside = `${name}.${n}.bad`;
    await rename(claimed, join(folder, aside));
    log.warn(`audit entries cannot be read (${wrong}); they are kept as ${join(folder, aside)}`);
  }

  function save(entries: readonly OutboxRecord[]): Promise<void> {
    return writeWhole(own, `${outboxRecord.format(entries)}\n`, ownFile);
  }
}

interface Left {
  readonly entries: readonly OutboxRecord[];
  /** Why something in it cannot be read; null: all can. */
  readonly wrong: string | null;
}

const notRead = (error: unknown): Left => ({ entries: [], wrong: messageOf(error) });

/** What can be read of a spool. */
export function parseOutboxFile(written: string): Left {
  const json = jsonIn(written, LONGEST);
  if (!json.ok) return { entries: [], wrong: json.reason };
  if (!Array.isArray(json.value)) return { entries: [], wrong: 'it is no list' };
  const read = json.value.map((one) => readBy(entry, one));
  const odd = read.find((one) => !one.ok);
  return {
    entries: read.flatMap((one) => (one.ok ? [one.value] : [])),
    wrong: odd === undefined || odd.ok ? null : odd.reason,
  };
}

const nameOf = (pid: number): string => `audit-${pid}.json`;

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
