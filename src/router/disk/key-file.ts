/** The key of the sticky cookies on this machine's disk: for when the store is away. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ownFile, writeFirst, writeWhole } from '../../shared/files/atomic-file.ts';

const shape = /^[0-9a-f]{64}$/;

export const isKey = (text: unknown): text is string => typeof text === 'string' && shape.test(text);

const fileIn = (folder: string): string => join(folder, 'sticky-key');

/** The key that stands there; null: none that can be used. */
async function readKey(folder: string): Promise<string | null> {
  const text = await readFile(fileIn(folder), 'utf8').catch(() => '');
  return isKey(text.trim()) ? text.trim() : null;
}

/** Puts a first key there and returns the one that then stands there: routers that begin at once have the same. */
export async function firstKey(folder: string, key: string): Promise<string> {
  if (await writeFirst(fileIn(folder), `${key}\n`, ownFile)) return key;
  const there = await readKey(folder);
  if (there !== null) return there;
  await keepKey(folder, key);
  return key;
}

/** Replaces the key. */
export const keepKey = (folder: string, key: string): Promise<void> =>
  writeWhole(fileIn(folder), `${key}\n`, ownFile);
