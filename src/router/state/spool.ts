/** Entries for the audit stream that wait on this machine's disk: they outlast the process. */
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

export interface Spooled {
  /** Names the entry until the stream has given it an id. */
  readonly ref: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface Spool {
  /** What earlier routers of this folder left there; it is ours from here on. */
  load(): Promise<readonly Spooled[]>;
  /** What waits now; nothing: no file. */
  save(entries: readonly Spooled[]): Promise<void>;
}

const LONGEST = 4_000_000;

export function openSpool(folder: string): Spool {
  const own = join(folder, nameOf(process.pid));
  return {
    async load() {
      const names = await readdir(folder).catch((): string[] => []);
      const entries: Spooled[] = [];
      for (const name of names.sort()) {
        const pid = Number(/^audit-(\d+)\.json$/.exec(name)?.[1] ?? 0);
        if (pid === 0 || (pid !== process.pid && lives(pid))) continue;
        // Of several routers that begin at once only one gets it.
        const claimed = join(folder, `${nameOf(pid)}.${process.pid}.claimed`);
        const mine = await rename(join(folder, name), claimed).then(
          () => true,
          () => false,
        );
        if (!mine) continue;
        entries.push(...parseSpool(await readFile(claimed, 'utf8').catch(() => '')));
        if (entries.length > 0) await write(own, entries);
        await rm(claimed, { force: true });
      }
      return entries;
    },
    save: (entries) => (entries.length === 0 ? rm(own, { force: true }) : write(own, entries)),
  };

  async function write(file: string, entries: readonly Spooled[]): Promise<void> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const handle = await open(`${file}.tmp`, 'w', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(entries)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(`${file}.tmp`, file);
  }
}

/** What can be read of a spool; the audit stream's reader judges the fields. */
export function parseSpool(text: string): Spooled[] {
  if (text.length > LONGEST) return [];
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter(isSpooled) : [];
  } catch {
    // Half a file: what it held is lost.
    return [];
  }
}

function isSpooled(value: unknown): value is Spooled {
  if (typeof value !== 'object' || value === null) return false;
  const { ref, fields } = value as { ref?: unknown; fields?: unknown };
  if (typeof ref !== 'string' || typeof fields !== 'object' || fields === null) return false;
  return Object.values(fields).every((one) => typeof one === 'string');
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
