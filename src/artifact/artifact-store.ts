/** Where artifacts stand: `.canopy/artifacts/` below the folder of canopy.yml. */
import { join } from 'node:path';
import type { Archive, Files, Log } from '../ports/ports.ts';
import { isCanopyError } from '../errors.ts';
import { manifestText, parseLatest, parseManifest, type Manifest } from './parse.ts';

export const artifactsFolder = '.canopy/artifacts';
export const archiveOf = (id: string): string => `${artifactsFolder}/${id}.tgz`;
export const manifestOf = (id: string): string => `${artifactsFolder}/${id}.json`;
const latest = `${artifactsFolder}/latest.json`;

/** Writes the manifest, then names it the newest; returns the archive's path below the folder. */
export async function storeArtifact(folder: string, manifest: Manifest, files: Files): Promise<string> {
  await files.write(join(folder, manifestOf(manifest.id)), manifestText(manifest));
  await nameLatest(folder, manifest.id, files);
  return archiveOf(manifest.id);
}

/** An artifact with this key whose archive still is what it was; it becomes the newest. */
export async function findBuilt(
  folder: string,
  key: string,
  ports: { readonly archive: Archive; readonly files: Files; readonly log: Log },
): Promise<{ artifact: string; manifest: Manifest } | null> {
  const { archive, files, log } = ports;
  for (const manifest of (await manifests(folder, files)).reverse()) {
    if (manifest.key !== key || manifest.dirty) continue;
    const artifact = archiveOf(manifest.id);
    const sound = await isSound(archive, join(folder, artifact), manifest.sha256);
    if (sound) {
      await nameLatest(folder, manifest.id, files);
      return { artifact, manifest };
    }
    log.warn(`${artifact} is not what was packaged any more: it is built again`, 'package');
  }
  return null;
}

/** Those that stand under their own name, by their ids; what names itself otherwise is none of ours. */
export async function manifests(folder: string, files: Files): Promise<Manifest[]> {
  const found: Manifest[] = [];
  for (const path of await files.glob([`${artifactsFolder}/*.json`], folder)) {
    const text = await readIfThere(join(folder, path), files);
    const manifest = text === null ? null : parseManifest(text);
    if (manifest !== null && !('reason' in manifest) && path === manifestOf(manifest.id))
      found.push(manifest);
  }
  return found;
}

/** Null when it is not there, or not any more: another package may just have deleted it. */
export async function readIfThere(file: string, files: Files): Promise<string | null> {
  try {
    return await files.read(file);
  } catch (error) {
    if (isCanopyError(error) && !(await files.exists(file))) return null;
    throw error;
  }
}

/** The id of the newest artifact, or null. */
export async function latestId(folder: string, files: Files): Promise<string | null> {
  const file = join(folder, latest);
  return (await files.exists(file)) ? parseLatest(await files.read(file)) : null;
}

const nameLatest = (folder: string, id: string, files: Files): Promise<void> =>
  files.write(join(folder, latest), `${JSON.stringify({ format: 1, id, path: archiveOf(id) })}\n`);

async function isSound(archive: Archive, file: string, sha256: string): Promise<boolean> {
  try {
    return (await archive.hash(file)).sha256 === sha256;
  } catch (error) {
    // Gone or unreadable: then it is built again.
    if (isCanopyError(error)) return false;
    throw error;
  }
}
