/** Reads an artifact that is to be deployed: nothing about it is believed before it is checked. */
import { basename, isAbsolute, join } from 'node:path';
import { fail } from '../errors.ts';
import type { Archive, Files } from '../ports/ports.ts';
import { isReleaseId } from './id.ts';
import { maxBytes, memberRules, shown } from './members.ts';
import { parseManifest, type Manifest } from './parse.ts';
import { archiveOf, latestId } from './artifact-store.ts';

export interface Artifact {
  /** The archive, absolute. */
  readonly file: string;
  readonly manifest: Manifest;
  /** Every member of the archive is still being checked: nothing may be sent before this has resolved. */
  readonly sound: Promise<void>;
}

interface ReadOptions {
  /** The archive or its manifest, absolute or relative to the folder; null: the newest that was packaged in the folder. */
  readonly path: string | null;
  /** Absolute: where canopy.yml stands. */
  readonly folder: string;
  /** Refuses an artifact of another application. */
  readonly app?: string;
  /** Hears the id before anything of the artifact is read. */
  readonly mark?: (id: string) => Promise<void>;
}

interface Ports {
  readonly archive: Archive;
  readonly files: Files;
}

/** The artifact, with its manifest and hash checked. */
export async function openArtifact(options: ReadOptions, ports: Ports): Promise<Artifact> {
  const file = await archiveFile(options, ports.files);
  const id = basename(file, '.tgz');
  if (isReleaseId(id)) await options.mark?.(id);
  const manifestFile = file.replace(/\.tgz$/, '.json');
  const manifest = await readManifest(manifestFile, ports.files);
  if (options.app !== undefined && manifest.app !== options.app) {
    throw fail('artifact-app', { file, app: manifest.app, expected: options.app });
  }
  const { sha256, size } = await ports.archive.hash(file);
  if (sha256 !== manifest.sha256) {
    throw fail('artifact-hash', { file, expected: manifest.sha256, found: sha256 });
  }
  if (size !== manifest.size) {
    throw fail('artifact-manifest', {
      file: manifestFile,
      reason: `it says ${manifest.size} bytes, there are ${size}`,
    });
  }
  const sound = inspectMembers(file, manifest, ports.archive);
  sound.catch(() => undefined); // It is awaited later, perhaps after a wait for the lock.
  return { file, manifest, sound };
}

async function archiveFile(options: ReadOptions, files: Files): Promise<string> {
  const { folder } = options;
  if (options.path === null) {
    const id = await latestId(folder, files);
    if (id === null) throw fail('artifact-none', { folder });
    return join(folder, archiveOf(id));
  }
  const path = isAbsolute(options.path) ? options.path : join(folder, options.path);
  if (path.endsWith('.tgz')) return path;
  if (path.endsWith('.json')) return path.replace(/\.json$/, '.tgz');
  throw fail('artifact-missing', { file: path, what: 'archive (.tgz) or manifest (.json)' });
}

async function readManifest(file: string, files: Files): Promise<Manifest> {
  if (!(await files.exists(file))) throw fail('artifact-missing', { file, what: 'manifest' });
  const manifest = parseManifest(await files.read(file));
  if ('reason' in manifest) throw fail('artifact-manifest', { file, reason: manifest.reason });
  return manifest;
}

/** tar headers of small files cost more than the files: room for them beside the limit of what is unpacked. */
const headers = 1024 ** 3;

async function inspectMembers(file: string, manifest: Manifest, archive: Archive): Promise<void> {
  const rules = memberRules();
  const left = new Set(Object.keys(manifest.files));
  await archive.inspect(file, maxBytes + headers, (member) => {
    const why = rules(member) ?? refuseUnlisted(member, manifest, left);
    if (why !== null) throw fail('archive-member', { file, member: shown(member.name), why });
  });
  const [missing] = left;
  if (missing !== undefined) {
    throw fail('archive-member', {
      file,
      member: shown(missing),
      why: 'is in the manifest but not in the archive',
    });
  }
}

/** What is listed is what is unpacked: the space on the servers is reckoned from the manifest. */
function refuseUnlisted(
  member: {
    readonly name: string;
    readonly type: string;
    readonly size: number;
    readonly target: string | null;
  },
  manifest: Manifest,
  left: Set<string>,
): string | null {
  if (member.type === 'folder') return null;
  const listed = manifest.files[member.name];
  if (!listed || !left.delete(member.name)) return 'is not in the manifest';
  const same = member.type === 'link' ? listed.link === member.target : listed.size === member.size;
  return same ? null : 'differs from the manifest';
}
