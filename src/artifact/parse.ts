/** The manifest of an artifact, `<id>.json`: read as what a stranger wrote. Pure. */
import { isCount } from '../shared/count.ts';
import type { PackedFile } from '../shared/member.ts';
import { isReleaseId } from './id.ts';
import { maxMembers, refuseName, shown } from './members.ts';

export interface Manifest {
  readonly format: 1;
  readonly app: string;
  readonly id: string;
  readonly commit: string;
  readonly branch: string | null;
  /** Of package.json; else the commit. */
  readonly version: string;
  readonly build: { readonly number: string | null; readonly url: string | null };
  /** When it was packaged, ISO 8601. */
  readonly time: string;
  /** Of the archive. */
  readonly sha256: string;
  readonly size: number;
  /** The work tree held changes that no commit has. */
  readonly dirty: boolean;
  /** What it was made from: an equal key, and it need not be built again. */
  readonly key: string;
  readonly files: Readonly<Record<string, PackedFile>>;
}

/** A manifest, or why the text is none. */
export function parseManifest(text: string): Manifest | { readonly reason: string } {
  const value = parseObject(text);
  if (value === null) return { reason: 'it is no JSON object' };
  if (value['format'] !== 1) return { reason: 'its format is not 1: another version of Canopy wrote it' };
  const wrong = Object.entries(shapes).find(([key, fits]) => !fits(value[key]));
  if (wrong) return { reason: `${wrong[0]} is missing or not what it should be` };
  const reason = refuseFiles(value['files'] as Record<string, unknown>);
  return reason === null ? (value as unknown as Manifest) : { reason };
}

/** The id that `latest.json` names, or null. */
export function parseLatest(text: string): string | null {
  const id = parseObject(text)?.['id'];
  return typeof id === 'string' && isReleaseId(id) ? id : null;
}

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= 1000 && !/[\u0000-\u001f\u007f]/.test(value);
const isTextOrNull = (value: unknown): boolean => value === null || isText(value);
const isHash = (value: unknown): boolean => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const shapes: Readonly<Record<string, (value: unknown) => boolean>> = {
  app: (value) => isText(value) && /^[a-z][a-z0-9-]{0,30}$/.test(value),
  id: (value) => isText(value) && isReleaseId(value),
  commit: (value) => isText(value) && /^[0-9a-f]{7,64}$/.test(value),
  branch: isTextOrNull,
  version: (value) => isText(value) && value !== '',
  build: (value) => isObject(value) && isTextOrNull(value['number']) && isTextOrNull(value['url']),
  time: (value) => isText(value) && !Number.isNaN(Date.parse(value)),
  sha256: isHash,
  size: isCount,
  dirty: (value) => typeof value === 'boolean',
  key: isText,
  files: isObject,
};

function refuseFiles(files: Record<string, unknown>): string | null {
  const entries = Object.entries(files);
  if (entries.length === 0) return 'it names no file';
  if (entries.length > maxMembers) return 'it names too many files';
  for (const [name, file] of entries) {
    const why = refuseName(name);
    if (why !== null) return `the file ${shown(name)} ${why}`;
    const fine =
      isObject(file) &&
      isHash(file['sha256']) &&
      isCount(file['size']) &&
      /^0[0-7]{3}$/.test(String(file['mode'])) &&
      (file['link'] === undefined || isText(file['link']));
    if (!fine) return `the entry of the file ${shown(name)} is not what it should be`;
  }
  return null;
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
