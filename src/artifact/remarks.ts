/** What a package leaves out, or takes as it is, though somebody may think otherwise. */
import { join, posix } from 'node:path';
import { fail } from '../errors.ts';
import type { Files, Git } from '../ports/ports.ts';
import type { Member } from '../shared/member.ts';
import { pool } from '../shared/pool.ts';
import { shown } from './members.ts';
import { few } from '../shared/text/few.ts';

interface Selection {
  /** Absolute: where canopy.yml stands. */
  readonly folder: string;
  readonly patterns: readonly string[];
  readonly members: readonly Member[];
  /** Whether a build makes files that git does not know. */
  readonly builds: boolean;
}

/** Throws `artifact-lfs` when a file is not the content that it stands for: deployed, it would be a broken application. */
export async function refusePointers(
  folder: string,
  members: readonly Member[],
  files: Files,
): Promise<void> {
  const pointers: string[] = [];
  // The specification allows a pointer 1,023 bytes; the smallest has a hash and a size.
  const small = members.filter(({ type, size }) => type === 'file' && size > 100 && size < 1024);
  await pool(small, 32, async ({ name }) => {
    if (pointer.test(await files.read(join(folder, name)))) pointers.push(name);
  });
  if (pointers.length > 0)
    throw fail('artifact-lfs', { count: pointers.length, files: fewShown(pointers.sort()) });
}

const pointer =
  /^version https:\/\/(git-lfs|hawser)\.github\.com\/spec\/v1\r?\n(.*\n)*oid sha256:[0-9a-f]{64}\r?\n/;

/** Each a line for people. */
export async function packageRemarks(
  taken: Selection,
  ports: { readonly files: Files; readonly git: Git },
): Promise<string[]> {
  const names = taken.members.map(({ name }) => name);
  return [
    ...(await hollow(taken, names, ports.files)),
    ...(await ofGitArchive(taken, names, ports.files)),
    ...(await ignored(taken, names, ports.git)),
  ];
}

/** Folders in which no file is. */
async function hollow(
  { folder, patterns }: Selection,
  names: readonly string[],
  files: Files,
): Promise<string[]> {
  const filled = new Set(names.flatMap((name) => ancestors(name)));
  const empty: string[] = [];
  for (const name of await files.folders(patterns, folder)) {
    if (filled.has(name) || /(^|\/)(node_modules|\.git|\.canopy)(\/|$)/.test(name)) continue;
    if ((await files.glob([name], folder)).length === 0) empty.push(name);
  }
  const modules = await submodules(folder, files);
  const lacking = empty.filter((name) => modules.has(name));
  const isBelow = (name: string, above: string): boolean => name.startsWith(`${above}/`);
  const rest = empty.filter(
    (name) =>
      !empty.some((other) => isBelow(name, other)) &&
      !lacking.some((module) => name === module || isBelow(module, name)),
  );
  return [
    ...lacking.map(
      (name) =>
        `the submodule ${shown(name)} is not checked out, its files are missing: git submodule update --init --recursive`,
    ),
    ...(rest.length > 0
      ? [
          `empty folders are left out: ${fewShown(rest)}; one that has to be there on the servers is named in shared: [NAME/]`,
        ]
      : []),
  ];
}

async function submodules(folder: string, files: Files): Promise<ReadonlySet<string>> {
  const file = join(folder, '.gitmodules');
  if (!(await files.exists(file))) return new Set();
  return new Set(
    [...(await files.read(file)).matchAll(/^\s*path\s*=\s*"?(.+?)"?\s*$/gm)].map((found) => found[1] ?? ''),
  );
}

/** `git archive` would leave files out, and write the commit into others. */
async function ofGitArchive(
  { folder }: Selection,
  names: readonly string[],
  files: Files,
): Promise<string[]> {
  const file = join(folder, '.gitattributes');
  if (!(await files.exists(file))) return [];
  const lines = (await files.read(file)).split('\n').map((line) => line.trim().split(/\s+/));
  const marked = async (word: string): Promise<string[]> => {
    const globs = lines.flatMap(([glob = '', ...words]) => (words.includes(word) ? [inGlob(glob)] : []));
    const found = new Set(globs.length === 0 ? [] : await files.glob(globs, folder));
    return names.filter((name) => found.has(name));
  };
  const [ignores, writes] = [await marked('export-ignore'), await marked('export-subst')];
  return [
    ...(ignores.length > 0
      ? [
          `export-ignore of .gitattributes is for git archive alone: taken are ${fewShown(ignores)}; leave out by !PATH in artifact.files`,
        ]
      : []),
    ...(writes.length > 0
      ? [`export-subst of .gitattributes is for git archive alone: taken as they are: ${fewShown(writes)}`]
      : []),
  ];
}

const inGlob = (glob: string): string =>
  glob.startsWith('/') ? glob.slice(1) : glob.slice(0, -1).includes('/') ? glob : `**/${glob}`;

/** What no commit holds: nobody sees that it has changed, unless a build makes it anew. */
async function ignored({ folder, builds }: Selection, names: readonly string[], git: Git): Promise<string[]> {
  if (builds) return [];
  const entries = (await git.ignored(folder)).filter((entry) =>
    entry.endsWith('/') ? names.some((name) => name.startsWith(entry)) : names.includes(entry),
  );
  if (entries.length === 0) return [];
  return [
    `git ignores ${fewShown(entries)}: taken as they are now, and a change of them alone makes no other artifact of the same commit`,
  ];
}

const fewShown = (names: readonly string[]): string => few(names.map(shown));

function ancestors(name: string): string[] {
  const above = posix.dirname(name);
  return above === '.' ? ['.'] : [above, ...ancestors(above)];
}
