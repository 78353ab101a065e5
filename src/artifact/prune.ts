/** Deletes old artifacts of the folder: the newest stay, and those that a deploy, its resume, a plan or a canary needs. */
import { join } from 'node:path';
import { isCanopyError } from '../errors.ts';
import type { Files, Log } from '../ports/ports.ts';
import {
  archiveOf,
  artifactsFolder,
  latestId,
  manifestOf,
  manifests,
  readIfThere,
} from './artifact-store.ts';
import { isReleaseId } from './id.ts';
import { idsInUse } from './in-use.ts';

interface PrunePorts {
  readonly files: Files;
  readonly log: Log;
}

/** Manifests of artifacts that are being deleted: whoever dies in the middle of it has left what the next one needs to end it. */
const deleting = `${artifactsFolder}/deleting`;

/** Returns the ids of those that it has deleted, the oldest last. What cannot be deleted is told, and goes the next time. */
export async function pruneArtifacts(folder: string, keep: number, ports: PrunePorts): Promise<string[]> {
  const { files, log } = ports;
  const gone: string[] = [];
  try {
    for (const path of await files.glob([`${deleting}/*.json`], folder)) {
      const id = path.slice(deleting.length + 1, -'.json'.length);
      const text = await readIfThere(join(folder, path), files);
      if (text !== null && isReleaseId(id) && (await end(folder, { id, text }, files))) gone.push(id);
    }
    for (const id of await beyond(folder, keep, files)) {
      if ((await idsInUse(folder, files)).has(id)) continue;
      const text = await readIfThere(join(folder, manifestOf(id)), files);
      if (text === null) continue;
      await files.write(join(folder, `${deleting}/${id}.json`), text);
      await files.remove(join(folder, manifestOf(id)));
      if (await end(folder, { id, text }, files)) gone.push(id);
    }
  } catch (error) {
    if (!isCanopyError(error)) throw error;
    log.warn(`not all of the old artifacts could be deleted: ${error.message}`, 'package');
  }
  return gone;
}

/**
 * Whoever opens an artifact marks it first and reads its manifest then. So one that is marked by now may have been opened, and gets its
 * manifest back; who marks it later finds none, and is told so before anything is done with it.
 */
async function end(
  folder: string,
  { id, text }: { readonly id: string; readonly text: string },
  files: Files,
): Promise<boolean> {
  const manifest = join(folder, manifestOf(id));
  const isBack = await files.exists(manifest);
  const isUsed = !isBack && (await idsInUse(folder, files)).has(id);
  if (isUsed) await files.write(manifest, text);
  if (!isBack && !isUsed) await files.remove(join(folder, archiveOf(id)));
  await files.remove(join(folder, `${deleting}/${id}.json`));
  return !isBack && !isUsed;
}

/** All but the newest by the time of their package. */
async function beyond(folder: string, keep: number, files: Files): Promise<string[]> {
  const newest = await latestId(folder, files);
  const order = (one: { readonly id: string; readonly time: string }): number =>
    one.id === newest ? Infinity : Date.parse(one.time);
  return (await manifests(folder, files))
    .sort((a, b) => order(b) - order(a) || (a.id < b.id ? 1 : -1))
    .slice(keep)
    .map(({ id }) => id);
}
