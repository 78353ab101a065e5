/** Trees packed and sent to a folder on this machine, as a deploy does it. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { receive } from '../../../src/commands/release/receive.ts';
import type { Received } from '../../../src/commands/release/release-folder.ts';
import { toShell } from '../../../src/commands/core/shell.ts';
import { deltaOf, frontOf, listed, listText, type Delta } from '../../../src/deploy/plan/delta.ts';
import { openArchive } from '../../../src/drivers/archive/archive.ts';
import type { Packed } from '../../../src/ports/ports.ts';

/** Name -> text; `{ link }` is a symlink, `{ run }` an executable file. */
export type Tree = Readonly<Record<string, string | { readonly link: string } | { readonly run: string }>>;

export async function packed(folder: string, tree: Tree): Promise<Packed> {
  for (const [name, what] of Object.entries(tree)) {
    const file = join(folder, 'tree', name);
    mkdirSync(dirname(file), { recursive: true });
    if (typeof what === 'object' && 'link' in what) symlinkSync(what.link, file);
    else writeFileSync(file, typeof what === 'string' ? what : what.run);
    if (typeof what === 'object' && 'run' in what) chmodSync(file, 0o755);
  }
  return openArchive().pack({
    folder: join(folder, 'tree'),
    names: Object.keys(tree),
    time: Date.UTC(2026, 10, 21),
    into: folder,
    name: (sha256) => `${sha256.slice(0, 12)}.tgz`,
  });
}

export interface Stream {
  readonly bytes: Buffer;
  readonly tree: string;
  readonly delta: Delta | null;
}

/** What is sent of a release: all of it, or what an earlier one lacks. */
export async function streamOf(
  release: Packed,
  earlier: Packed | null = null,
  shared: readonly string[] = [],
): Promise<Stream> {
  const list = listed(release.files, shared);
  const delta = earlier ? deltaOf(release.files, list, listed(earlier.files, shared)) : null;
  const bundle = await openArchive().bundle({
    archive: release.file,
    members: delta ? new Set(delta.send) : null,
    compress: true,
    front: frontOf(list, delta),
  });
  const bytes = Buffer.concat([bundle.front, readFileSync(bundle.file)]);
  await bundle.discard();
  return { bytes, tree: createHash('sha256').update(listText(list)).digest('hex'), delta };
}

export interface Answer {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export type Sent = Pick<Received, 'path' | 'id'> & Partial<Received>;

export const received = (stream: Stream, to: Sent): Received => ({
  sha256: '',
  tree: stream.tree,
  base: null,
  link: false,
  record: '{"release":"x"}\n',
  env: 'A="b"\n',
  shared: [],
  ...to,
});

/** `path`: the PATH of the shell; `uid`: who it is. */
export function bring(
  stream: Stream,
  to: Sent,
  as: { readonly path?: string; readonly uid?: number; readonly input?: Buffer } = {},
): Answer {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', toShell(receive(received(stream, to)))], {
    input: as.input ?? stream.bytes,
    env: { ...process.env, PATH: as.path ?? process.env['PATH'] },
    cwd: '/',
    ...(as.uid === undefined ? {} : { uid: as.uid, gid: as.uid }),
  });
  return { code: status, out: stdout.toString(), err: stderr.toString() };
}
