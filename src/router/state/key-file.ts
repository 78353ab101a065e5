/** The key of the sticky cookies on this machine's disk: for when the store is away. */
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

const shape = /^[0-9a-f]{64}$/;
let made = 0;

export const isKey = (text: unknown): text is string => typeof text === 'string' && shape.test(text);

const fileIn = (folder: string): string => join(folder, 'sticky-key');

/** The key that stands there; null: none that can be used. */
export async function readKey(folder: string): Promise<string | null> {
  const text = await readFile(fileIn(folder), 'utf8').catch(() => '');
  return isKey(text.trim()) ? text.trim() : null;
}

/** Puts a first key there and returns the one that then stands there: routers that begin at once have the same. */
export async function firstKey(folder: string, key: string): Promise<string> {
  const temporary = await written(folder, key);
  try {
    await link(temporary, fileIn(folder));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const there = await readKey(folder);
    if (there !== null) return there;
    await rename(temporary, fileIn(folder));
  } finally {
    await rm(temporary, { force: true });
  }
  return key;
}

/** Replaces the key. */
export async function keepKey(folder: string, key: string): Promise<void> {
  await rename(await written(folder, key), fileIn(folder));
}

/** For the owner alone. */
async function written(folder: string, key: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  made += 1;
  const temporary = `${fileIn(folder)}.${process.pid}-${made}.tmp`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(`${key}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return temporary;
}
