/** A file of this process alone, below a folder that several share: what processes that have ended left there is taken over. */
import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../text/thrown.ts';
import { ownFile, writeWhole } from './atomic-file.ts';

export interface ProcessFile<T> {
  /** What earlier processes left in the folder; it is ours from here on. What cannot be read is kept aside and told. */
  load(): Promise<readonly T[]>;
  /** What is to be kept now; nothing: no file. */
  save(entries: readonly T[]): Promise<void>;
}

export interface LeftEntries<T> {
  readonly entries: readonly T[];
  /** Why something cannot be read; null: all can. */
  readonly wrong: string | null;
}

interface ProcessFileSetup<T> {
  readonly folder: string;
  /** The file's name begins so: lower-case letters. */
  readonly prefix: string;
  /** What the entries are, for people. */
  readonly what: string;
  /** Two entries with one name are one: a process that has died in between may have left it twice. */
  readonly nameOf: (entry: T) => string;
  readonly format: (entries: readonly T[]) => string;
  readonly parse: (text: string) => LeftEntries<T>;
  readonly warn: (text: string) => void;
}

export function openProcessFile<T>(setup: ProcessFileSetup<T>): ProcessFile<T> {
  const { folder, prefix, what, nameOf, format, parse, warn } = setup;
  const own = join(folder, `${prefix}-${process.pid}.json`);
  const form = new RegExp(`^${prefix}-(\\d+)\\.json(?:\\.(\\d+)\\.claimed)?$`);
  return {
    async load() {
      const names = await readdir(folder).catch((): string[] => []);
      const entries: T[] = [];
      for (const name of names.sort()) {
        const claimed = await claim(name);
        if (claimed === null) continue;
        const left = await readFile(claimed, 'utf8').then(parse, notRead<T>);
        const known = new Set(entries.map(nameOf));
        entries.push(...left.entries.filter((one) => !known.has(nameOf(one))));
        if (entries.length > 0) await save(entries);
        if (left.wrong === null) await rm(claimed, { force: true });
        else await setAside(claimed, name, left.wrong);
      }
      return entries;
    },
    save: (entries) => (entries.length === 0 ? rm(own, { force: true }) : save(entries)),
  };

  /** The file under a name of our own; null: it is none of a process that has ended, or another one has it. Of several that begin at once only one gets it. */
  async function claim(name: string): Promise<string | null> {
    const [, pid, claimer] = form.exec(name) ?? [];
    // One that has died while it took it over has left it so.
    const owner = Number(claimer ?? pid ?? 0);
    if (owner === 0 || (owner !== process.pid && lives(owner))) return null;
    const claimed = join(folder, `${prefix}-${pid}.json.${process.pid}.claimed`);
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
    warn(`${what} cannot be read (${wrong}); they are kept as ${join(folder, aside)}`);
  }

  function save(entries: readonly T[]): Promise<void> {
    return writeWhole(own, `${format(entries)}\n`, ownFile);
  }
}

const notRead = <T>(error: unknown): LeftEntries<T> => ({ entries: [], wrong: messageOf(error) });

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
