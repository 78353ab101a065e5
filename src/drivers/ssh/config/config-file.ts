/** The text of OpenSSH client configuration files as lines, with what they include in its place. Pure. */
import { fail } from '../../../errors.ts';
import { delimited, wordsOf } from './words/words.ts';

export interface ConfigLine {
  /** Lower case. */
  readonly keyword: string;
  /** All that follows the keyword, as it stands. */
  readonly rest: string;
  /** Null: a quote is not closed. */
  readonly values: readonly string[] | null;
  readonly file: string;
  readonly line: number;
  /** The lines of each file that an `Include` names; `null` where nobody can tell which these are. */
  readonly included: readonly (readonly ConfigLine[])[] | null;
}

export interface ConfigText {
  readonly file: string;
  readonly text: string;
}

/** Gives the files that a pattern of `Include` names, in order; null when it cannot tell. */
type Include = (pattern: string) => readonly ConfigText[] | null;

/** OpenSSH's own limit: more is an error. */
const deepest = 16;

/** Throws `ssh-config-refused` for files that include each other in a circle: OpenSSH reads none of it, from whatever block they are named. */
export function parseSshConfig({ file, text }: ConfigText, include: Include, depth = 0): ConfigLine[] {
  return text.split('\n').flatMap((raw, index) => {
    const cut = keywordOf(raw.replace(/(?!^)[ \t\r\n\f]+$/, ''));
    if (cut === null) return [];
    const line = index + 1;
    const keyword = cut.word.toLowerCase();
    const rest = (cut.rest ?? '').replace(/^[ \t\r\n]+/, '');
    const values = wordsOf(rest);
    const texts = keyword === 'include' ? included(values ?? [], include) : [];
    if (texts !== null && texts.length > 0 && depth >= deepest)
      throw fail('ssh-config-refused', { where: `${file} line ${line}`, reason: tooDeep });
    const inner = texts?.map((found) => parseSshConfig(found, include, depth + 1)) ?? null;
    return [{ keyword, rest, values, file, line, included: inner }];
  });
}

const tooDeep = `more than ${deepest} files include each other`;

function keywordOf(line: string): { readonly word: string; readonly rest: string | null } | null {
  const first = delimited(line);
  const cut = first?.word === '' && first.rest !== null ? delimited(first.rest) : first;
  return cut === null || cut.word === '' || cut.word.startsWith('#') ? null : cut;
}

function included(patterns: readonly string[], include: Include): ConfigText[] | null {
  const found: ConfigText[] = [];
  for (const pattern of patterns) {
    const texts = include(pattern);
    if (texts === null) return null;
    found.push(...texts);
  }
  return found;
}

/** Every line, those of included files too. */
export const allLines = (lines: readonly ConfigLine[]): ConfigLine[] =>
  lines.flatMap((line) => [line, ...(line.included ?? []).flatMap(allLines)]);
