/** The manifest of an artifact, `<id>.json`: read as what a stranger wrote. Pure. */
import * as v from 'valibot';
import { count, flag, is, like, object, worded } from '../record/fields.ts';
import { defineRecord, isObject, jsonIn } from '../record/record.ts';
import type { PackedFile } from '../shared/member.ts';
import { toLine } from '../shared/text/line.ts';
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

const longestText = 1000;
const lacking = 'is missing or not what it should be';
const isText = (value: unknown): boolean =>
  typeof value === 'string' && value.length <= longestText && !/[\u0000-\u001f\u007f]/.test(value);
const text = is<string>(isText, lacking);
const textOrNull = is<string | null>((value) => value === null || isText(value), lacking);
const hash = like(/^[0-9a-f]{64}$/, lacking);
const size = worded(count, lacking);

const packedFile = object({
  sha256: hash,
  mode: like(/^0[0-7]{3}$/, lacking),
  size,
  link: v.optional(text),
});

const manifestRecord = defineRecord<Manifest>({
  name: 'the manifest of an artifact',
  version: ['format', 1],
  schema: v.pipe(
    object(
      {
        app: like(/^[a-z][a-z0-9-]{0,30}$/, lacking),
        id: is<string>((value) => isText(value) && isReleaseId(String(value)), lacking),
        commit: like(/^[0-9a-f]{7,64}$/, lacking),
        branch: textOrNull,
        version: is<string>((value) => isText(value) && value !== '', lacking),
        build: worded(object({ number: textOrNull, url: textOrNull }), lacking),
        time: is<string>((value) => isText(value) && !Number.isNaN(Date.parse(String(value))), lacking),
        sha256: hash,
        size,
        dirty: worded(flag, lacking),
        key: text,
        // Each has its own words: refuseFiles.
        files: is<Manifest['files']>(isObject, lacking),
      },
      lacking,
    ),
    v.transform((rest) => ({ format: 1 as const, ...rest })),
  ),
  longest: 1_000_000_000,
});

/** As it stands in its file. What git or Jenkins say is made one line each; throws a TypeError for all else that nobody could read. */
export function manifestText({ branch, build, ...rest }: Manifest): string {
  const lined = (said: string | null): string | null => (said === null ? null : toLine(said, longestText));
  const told = { branch: lined(branch), build: { number: lined(build.number), url: lined(build.url) } };
  return `${JSON.stringify(manifestRecord.fit({ ...rest, ...told }), null, 1)}\n`;
}

/** A manifest, or why the text is none. */
export function parseManifest(text: string): Manifest | { readonly reason: string } {
  const value = objectIn(text);
  if (value === null) return { reason: 'it is no JSON object' };
  if (value['format'] !== 1) return { reason: 'its format is not 1: another version of Canopy wrote it' };
  const read = manifestRecord.read(value);
  if (!read.ok) return { reason: read.reason };
  const reason = refuseFiles(read.value.files);
  return reason === null ? read.value : { reason };
}

/** The id that `latest.json` names, or null. */
export function parseLatest(text: string): string | null {
  const id = objectIn(text)?.['id'];
  return typeof id === 'string' && isReleaseId(id) ? id : null;
}

function refuseFiles(files: Readonly<Record<string, unknown>>): string | null {
  const entries = Object.entries(files);
  if (entries.length === 0) return 'it names no file';
  if (entries.length > maxMembers) return 'it names too many files';
  for (const [name, file] of entries) {
    const why = refuseName(name);
    if (why !== null) return `the file ${shown(name)} ${why}`;
    if (!v.is(packedFile, file)) return `the entry of the file ${shown(name)} is not what it should be`;
  }
  return null;
}

function objectIn(text: string): Readonly<Record<string, unknown>> | null {
  const json = jsonIn(text, 1_000_000_000);
  return json.ok && isObject(json.value) ? json.value : null;
}
