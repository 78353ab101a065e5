import type { CatalogueEntry } from '../../src/errors/kit/entry.ts';
import { note } from './note.ts';

/** docs/errors.md: every entry with the names of its facts in place of values. */
export const errorsPage = (catalogue: Readonly<Record<string, CatalogueEntry<never>>>): string =>
  [
    `<!-- ${note}. It comes from src/errors/. -->`,
    '# Errors',
    'Each error has a code, which stands in the result document, and an exit code. The words in angle brackets differ from case to case.',
    ...Object.entries(catalogue)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(
        ([code, entry]) =>
          `## ${code}\n\nExit code ${entry.exit}${entry.recoverable ? '; the same call may succeed when it is made again' : ''}.\n\n${block(
            entry.message(names),
          )}\n\n${block(entry.hint(names))}`,
      ),
  ]
    .join('\n\n')
    .concat('\n');

/** Stands for the facts of any entry: each is its own name. */
const names = new Proxy({}, { get: (_, name) => `<${String(name)}>` }) as never;

const block = (text: string): string =>
  text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
