// The archive of a release: package.json, dist/ and the tracked resources/, with a list of their sums. The same files give the same bytes.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** Resolves with `{ bytes, sha256, sums, files }`; `sums` is the sha256 of the list SHA256SUMS inside. */
export async function makeArchive(root, resources) {
  const names = ['package.json', ...below(root, 'dist'), ...resources].sort();
  const files = names.map((name) => ({
    name,
    bytes: readFileSync(join(root, name)),
    mode: modeOf(join(root, name)),
  }));
  const list = Buffer.from(files.map(({ name, bytes }) => `${sha256(bytes)}  ${name}\n`).join(''));
  const odd = names.find((name) => /[\\\n\r]/.test(name));
  if (odd !== undefined)
    throw new Error(`a file name that the list of sums cannot hold: ${JSON.stringify(odd)}`);
  const tar = await toTar([{ name: 'SHA256SUMS', bytes: list, mode: 0o644 }, ...files]);
  const bytes = gzipSync(tar, { level: 9 });
  // The header tells the operating system of whoever packed: unknown.
  bytes[9] = 255;
  return { bytes, sha256: sha256(bytes), sums: sha256(list), files: names };
}

async function toTar(files) {
  const tar = pack();
  const chunks = [];
  const done = new Promise((resolve, reject) => {
    tar.on('data', (chunk) => chunks.push(chunk));
    tar.on('end', resolve);
    tar.on('error', reject);
  });
  for (const { name, bytes, mode } of files) {
    tar.entry(
      { name, mode, size: bytes.length, mtime: new Date(0), uid: 0, gid: 0, uname: 'root', gname: 'root' },
      bytes,
    );
  }
  tar.finalize();
  await done;
  return Buffer.concat(chunks);
}

const modeOf = (file) => (statSync(file).mode & 0o100 ? 0o755 : 0o644);

const below = (root, folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
