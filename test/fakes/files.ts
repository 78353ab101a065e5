import { posix } from 'node:path';
import { fail } from '../../src/errors.ts';
import type { Files } from '../../src/ports/ports.ts';

export interface FakeFiles extends Files {
  /** Absolute path -> text. */
  readonly stored: Map<string, string>;
}

/** Files in memory. A folder is there when a file is below it. */
export function fakeFiles(cwd: string, start: Readonly<Record<string, string>> = {}): FakeFiles {
  const at = (path: string): string => posix.resolve(cwd, path);
  const stored = new Map(Object.entries(start).map(([path, text]) => [at(path), text]));
  const below = (folder: string): string[] =>
    [...stored.keys()].filter((path) => path.startsWith(`${folder}/`));
  return {
    stored,
    read: async (path) => {
      const text = stored.get(at(path));
      if (text !== undefined) return text;
      const reason = below(at(path)).length > 0 ? 'it is a folder' : 'there is no such file or folder';
      throw fail('file-failed', { what: 'read', file: path, reason });
    },
    exists: async (path) => stored.has(at(path)) || below(at(path)).length > 0,
    prove: async (path) => {
      if (below(at(path)).length > 0) throw fail('output-file', { file: path, reason: 'it is a folder' });
    },
    write: async (path, text) => {
      if (below(at(path)).length > 0)
        throw fail('file-failed', { what: 'write', file: path, reason: 'it is a folder' });
      stored.set(at(path), text);
    },
    remove: async (path) => {
      for (const file of [at(path), ...below(at(path))]) stored.delete(file);
    },
    folders: async () => [],
    glob: async (patterns, folder) => {
      const root = at(folder);
      const names = below(root).map((path) => path.slice(root.length + 1));
      const wanted = patterns.filter((pattern) => !pattern.startsWith('!')).map(matcher);
      const unwanted = patterns
        .filter((pattern) => pattern.startsWith('!'))
        .map((text) => matcher(text.slice(1)));
      return names
        .filter((name) => wanted.some((fits) => fits(name)) && !unwanted.some((fits) => fits(name)))
        .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    },
  };
}

/** As much of glob patterns as the tests use: * ** ? {a,b}, and folders. */
function matcher(pattern: string): (name: string) => boolean {
  const plain = posix.normalize(pattern).replace(/\/$/, '');
  const source = plain.replace(/\*\*\/|\*\*|\*|\?|\{[^}]*\}|[.+^$()|[\]\\]/g, (token) => {
    if (token === '**/') return '(?:.*/)?';
    if (token === '**') return '.*';
    if (token === '*') return '[^/]*';
    if (token === '?') return '[^/]';
    if (token.startsWith('{')) return `(?:${token.slice(1, -1).split(',').join('|')})`;
    return `\\${token}`;
  });
  const whole = new RegExp(`^${source}(?:/.*)?$`);
  return (name) => plain === '.' || name === plain || name.startsWith(`${plain}/`) || whole.test(name);
}
