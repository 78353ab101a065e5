/** Which files of a release a server lacks, and which it holds in an earlier one. Pure. */
import { refuseName } from '../../artifact/members.ts';
import type { PackedFile } from '../../shared/member.ts';

interface Listed {
  readonly sha256: string;
  /** Type and mode as `stat -c %f` prints them: `81a4` is a file with 0644, `a1ff` a symlink. */
  readonly mode: string;
}
export type List = ReadonlyMap<string, Listed>;

export interface Delta {
  /** Names to send. Symlinks are always among them: they cost no more than their name. */
  readonly send: readonly string[];
  /** Names that the earlier release holds at the same place. */
  readonly take: readonly string[];
  /** What it holds at another place: there, here. */
  readonly moved: readonly (readonly [from: string, to: string])[];
  /** Bytes of the files to send, and of all. */
  readonly bytes: number;
  readonly total: number;
}

type FilesByName = Readonly<Record<string, PackedFile>>;

/** The files that the release will have as they were packed: what lies at or below a shared name is replaced by a link there. */
export function listed(files: FilesByName, shared: readonly string[]): List {
  const replaced = shared.map((name) => name.replace(/\/+$/, ''));
  const names = Object.keys(files)
    .filter((name) => !replaced.some((one) => name === one || name.startsWith(`${one}/`)))
    .sort((a, b) => (a < b ? -1 : 1));
  return new Map(
    names.map((name) => {
      const { sha256, mode, link } = files[name] as PackedFile;
      return [
        name,
        { sha256, mode: link === undefined ? (0o100000 | parseInt(mode, 8)).toString(16) : 'a1ff' },
      ];
    }),
  );
}

/** The text of `.canopy/files`: a line a file. The same files make the same text, and its hash is the hash of the tree. */
export const listText = (list: List): string =>
  [...list].map(([name, { sha256, mode }]) => `${sha256} ${mode} ${name}\n`).join('');

/** Reads what a server says it holds; null when it is not such a list. */
export function readList(text: string): List | null {
  const list = new Map<string, Listed>();
  for (const line of text.split('\n').slice(0, -1)) {
    const found = /^([0-9a-f]{64}) ([0-9a-f]{4}) (.+)$/.exec(line);
    const [, sha256, mode, name] = found ?? [];
    if (!sha256 || !mode || !name || refuseName(name) !== null) return null;
    list.set(name, { sha256, mode });
  }
  return text === '' || text.endsWith('\n') ? list : null;
}

/** Each one moved is a process of its own on the server. */
const mostMoved = 1000;

/** `held`: what an earlier release on the server was made of. */
export function deltaOf(files: FilesByName, list: List, held: List): Delta {
  const send: string[] = [];
  const take: string[] = [];
  const moved: (readonly [string, string])[] = [];
  const places = new Map([...held].map(([name, own]) => [contentOf(own), name]));
  const sizeOf = (name: string): number => files[name]?.size ?? 0;
  const elsewhere: string[] = [];
  for (const [name, own] of list) {
    const there = held.get(name);
    if (!isFile(own)) send.push(name);
    else if (there && contentOf(there) === contentOf(own)) take.push(name);
    else if (places.has(contentOf(own))) elsewhere.push(name);
    else send.push(name);
  }
  elsewhere.sort((a, b) => sizeOf(b) - sizeOf(a));
  for (const name of elsewhere.slice(0, mostMoved))
    moved.push([places.get(contentOf(list.get(name) as Listed)) as string, name]);
  send.push(...elsewhere.slice(mostMoved));
  const sum = (names: Iterable<string>): number => [...names].reduce((all, name) => all + sizeOf(name), 0);
  return { send, take, moved, bytes: sum(send), total: sum(list.keys()) };
}

/** Whether it is worth it: nearly everything is sent faster as the archive, which is packed already. */
export const pays = ({ bytes, total, take, moved }: Delta): boolean =>
  take.length + moved.length > 0 && bytes < total * 0.8;

/** What goes ahead of the files on their way to a server: the list, folders (a slash at the end), and what is to be done there with the earlier release. */
export function frontOf(list: List, delta: Delta | null): Readonly<Record<string, string>> {
  const all = [...list.keys()];
  const plain = [...list].filter(([, own]) => isFile(own)).map(([name]) => name);
  const zero = (names: Iterable<string>): string => [...names].map((name) => `${name}\0`).join('');
  const files = {
    '.canopy/files': listText(list),
    // What is looked at there, and hashed; below ./, because a lone - would be taken for the standard input. No name holds a control character.
    '.canopy/names': zero(['.', ...all.map((name) => `./${name}`)]),
    '.canopy/plain': zero(['.canopy/files', ...plain].map((name) => `./${name}`)),
  };
  if (delta === null) return files;
  const { take, moved } = delta;
  const folders = new Set([...take, ...moved.map(([, to]) => to)].map(folderOf).filter(Boolean));
  return {
    ...files,
    ...Object.fromEntries([...folders].map((name) => [`${name}/`, ''])),
    // For xargs -0, and for a shell that reads lines.
    '.canopy/take': zero(take),
    '.canopy/moved': moved.map(([from, to]) => `${from}\n${to}\n`).join(''),
  };
}

const isFile = ({ mode }: Listed): boolean => mode.startsWith('8');
const contentOf = ({ sha256, mode }: Listed): string => `${sha256} ${mode}`;
const folderOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf('/')));
