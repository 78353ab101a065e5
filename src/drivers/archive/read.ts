/** Reads an archive without unpacking it: its hash, and what its members claim to be. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract as tarExtract, type Header } from 'tar-stream';
import { CanopyError, fail } from '../../errors.ts';
import type { Member } from '../../shared/member.ts';
import { showSize } from '../../shared/text/units.ts';
import { Gathering, type Unpacked } from './unpacked.ts';

/** The sha256 and the size of a file. */
export async function hashFile(file: string): Promise<{ sha256: string; size: number }> {
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      size += chunk.length;
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw fail('artifact-missing', { file, what: 'archive' }, { cause: error });
    throw fail('archive-broken', { file, reason: message }, { cause: error });
  }
  return { sha256: hash.digest('hex'), size };
}

/** `each` hears the members in their order and may throw to stop. The result is for a part of the archive that is wanted later. */
export async function inspect(
  file: string,
  maxBytes: number,
  each: (member: Member) => void,
): Promise<Unpacked | null> {
  const gathering = new Gathering();
  let bytes = 0;
  const limit = async function* (chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      // Also what no member claims: endless zeros behind the last one.
      if (bytes > maxBytes) throw tooLarge(file, maxBytes);
      gathering.chunk(chunk);
      yield chunk;
    }
  };
  const tar = tarExtract();
  let end = 0;
  tar.on('entry', (given, body, next) => {
    const header = given as MemberStream;
    // A body ends with the archive's own error, which is heard below.
    body.on('error', () => undefined);
    try {
      each(toMember(header, end));
    } catch (error) {
      return void next(error as Error);
    }
    const from = end;
    end = header.byteOffset + padded(header.size);
    gathering.member(header.name, { from, to: end, folder: header.type === 'directory' });
    body.on('end', () => next());
    body.resume();
  });
  try {
    await pipeline(
      createReadStream(file, { highWaterMark: 1 << 18 }),
      createGunzip({ chunkSize: large }),
      limit,
      tar as unknown as NodeJS.WritableStream,
    );
  } catch (error) {
    if (error instanceof CanopyError) throw error;
    throw fail('archive-broken', { file, reason: (error as Error).message }, { cause: error });
  }
  return gathering.end(file);
}

/** Bytes that are unpacked at a time: with the 16 KiB of node:zlib it takes twice as long. */
export const large = 1 << 18;

/** What tar-stream tells of a member, beyond its types. */
type MemberStream = Header & { readonly byteOffset: number };

const types: Readonly<Record<string, Member['type']>> = {
  file: 'file',
  directory: 'folder',
  symlink: 'link',
  link: 'hardlink',
};

function toMember(header: MemberStream, end: number): Member {
  const odd = oddity(header, end);
  return {
    name: header.name,
    type: types[header.type] ?? 'other',
    size: header.size,
    mode: header.mode,
    // Null in truth, when there is none.
    target: header.linkname as string | null,
    ...(odd === null ? {} : { odd }),
  };
}

const block = 512;
const padded = (size: number): number => Math.ceil(size / block) * block;
const plainPax = ['path', 'linkpath'];

/**
 * Extended headers can rename a member for one tar and not for another. Ours carry one for long or non-ASCII names; the
 * bytes between two members have to be just that.
 */
function oddity(header: MemberStream, end: number): string | null {
  const pax = Object.entries((header.pax ?? {}) as Record<string, string>);
  const strange = pax.find(([key]) => !plainPax.includes(key));
  if (strange) return `has the extended header ${JSON.stringify(strange[0])}`;
  const between = header.byteOffset - block - end;
  const expected =
    pax.length === 0 ? 0 : block + padded(pax.reduce((sum, entry) => sum + record(...entry), 0));
  return between === expected ? null : 'has headers in front of it that are not ours';
}

/** Bytes of one pax record: `<length> <key>=<value>\n`, its own length included. */
function record(key: string, value: string): number {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  const guess = rest + String(rest).length;
  return rest + String(guess).length;
}

const tooLarge = (file: string, maxBytes: number): CanopyError =>
  fail('archive-broken', { file, reason: `it unpacks to more than ${showSize(maxBytes)}` });
