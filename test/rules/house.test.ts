import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect } from 'chai';
import { common, composedOf, loose } from './imports.js';

const root = resolve(import.meta.dirname, '../..');
const sources = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file));

/** The files of this project that a file imports, types too. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)]
    .map((match) => relative(root, resolve(root, dirname(file), match[1] ?? '')))
    .filter((target) => existsSync(join(root, target)));
}

describe('rules of the house', () => {
  const files = [...sources('src'), ...sources('steps')];
  const graph = new Map(files.map((file) => [file, importsOf(file)]));

  it('has no circle of imports', () => {
    const state = new Map<string, 'open' | 'closed'>();
    const circles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (state.get(file) === 'closed') return;
      if (state.get(file) === 'open')
        return void circles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      state.set(file, 'open');
      for (const target of graph.get(file) ?? []) visit(target, [...path, file]);
      state.set(file, 'closed');
    };
    for (const file of files) visit(file, []);
    expect(circles).to.deep.equal([]);
  });

  it('has no circle between the folders of a room', () => {
    const room = (folder: string): string => folder.split('/').slice(0, 2).join('/');
    const leadsTo = new Map<string, Set<string>>();
    for (const [file, targets] of graph)
      for (const target of targets.map((to) => dirname(to)))
        if (target !== dirname(file) && room(target) === room(dirname(file)))
          leadsTo.set(dirname(file), (leadsTo.get(dirname(file)) ?? new Set()).add(target));
    const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
      [...(leadsTo.get(from) ?? [])].some(
        (next) => next === to || (!seen.has(next) && reaches(next, to, seen.add(next))),
      );
    expect([...leadsTo.keys()].length).to.be.greaterThan(2);
    expect([...leadsTo.keys()].filter((folder) => reaches(folder, folder))).to.deep.equal([]);
  });

  it('knows every room and every loose file', () => {
    const kit = ['commands', 'config', 'drivers', 'errors', 'step', ...common];
    const entries = readdirSync(join(root, 'src'), { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    expect(folders.filter((name) => !kit.includes(name) && !(name in composedOf))).to.deep.equal([]);
    const files = entries.filter((entry) => entry.isFile()).map((entry) => entry.name.replace(/\.ts$/, ''));
    expect(files.filter((name) => !loose.includes(name))).to.deep.equal([]);
  });

  it('enters a room by its index alone', () => {
    const room = (file: string): string | undefined => /^src\/([^/]+)\//.exec(file)?.[1];
    const rooms = Object.keys(composedOf);
    const wrong = [...graph].flatMap(([file, targets]) =>
      targets
        .filter((target) => rooms.includes(room(target) ?? '') && room(target) !== room(file))
        .filter((target) => !/\/(index|id|members)\.ts$/.test(target))
        .map((target) => `${file} -> ${target}`),
    );
    expect(wrong).to.deep.equal([]);
  });

  it('loads few texts of errors where every step loads them', () => {
    const light = /^(steps|src\/(audit|config|flags|record|shared|step|drivers\/redis))\//;
    const wrong = [...graph].filter(([file, to]) => light.test(file) && to.includes('src/errors.ts'));
    expect(wrong.map(([file]) => `${file}: take errors/common.ts`)).to.deep.equal([]);
  });

  it('has no room of more than 14 files side by side', () => {
    const counts = new Map<string, number>();
    for (const file of ['src', 'steps', 'test', 'bench'].flatMap((room) => sources(room))) {
      const room = dirname(file);
      counts.set(room, (counts.get(room) ?? 0) + 1);
    }
    expect(counts.size).to.be.greaterThan(50);
    expect([...counts].filter(([room, count]) => count > 14 && room !== 'steps')).to.deep.equal([]);
  });

  it('has no file over 250 lines and no symlink', () => {
    const tracked = execFileSync('git', ['ls-files', '-s', '--cached'], {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    }).split('\n');
    expect(tracked.filter((line) => line.startsWith('120000'))).to.deep.equal([]);
    const own = tracked
      .map((line) => line.split('\t')[1] ?? '')
      .filter((file) => /^(src|steps|test|vars|bench|scripts)\/.*\.(ts|mjs|js|groovy)$/.test(file));
    const long = own.filter(
      (file) =>
        existsSync(join(root, file)) && readFileSync(join(root, file), 'utf8').split('\n').length > 251,
    );
    expect(long).to.deep.equal([]);
  });
});
