/** The text of OpenSSH client configuration files as lines, with what they include in its place. Pure. */
export interface ConfigLine {
  /** Lower case. */
  readonly keyword: string;
  readonly values: readonly string[];
  readonly file: string;
  readonly line: number;
  /** The lines of the files that an `Include` names. */
  readonly included: readonly ConfigLine[];
}

export interface ConfigText {
  readonly file: string;
  readonly text: string;
}

/** Gives the files that a pattern of `Include` names, in order. */
type Include = (pattern: string) => readonly ConfigText[];

/** OpenSSH's own limit. */
const deepest = 16;

export function parseSshConfig({ file, text }: ConfigText, include: Include, depth = 0): ConfigLine[] {
  return text.split('\n').flatMap((raw, index) => {
    const [first = '', ...values] = wordsOf(raw);
    if (first === '') return [];
    const keyword = first.toLowerCase();
    const included =
      keyword === 'include' && depth < deepest
        ? values.flatMap(include).flatMap((inner) => parseSshConfig(inner, include, depth + 1))
        : [];
    return [{ keyword, values, file, line: index + 1, included }];
  });
}

/** `Keyword value "quoted value"` or `Keyword=value`; a comment begins with # where a word could begin. */
function wordsOf(raw: string): string[] {
  const words: string[] = [];
  const text = raw.trim().replace(/^([A-Za-z0-9]+)\s*=\s*/, '$1 ');
  for (const match of text.matchAll(/"((?:\\.|[^"\\])*)"|(\S+)/g)) {
    if (match[2]?.startsWith('#')) break;
    words.push(match[1] === undefined ? (match[2] ?? '') : match[1].replace(/\\(["\\])/g, '$1'));
  }
  return words;
}
