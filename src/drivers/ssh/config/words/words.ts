/** How OpenSSH cuts a line of its client configuration into words. Pure. */

const blank = /^[ \t\r\n]+/;

interface Delimited {
  readonly word: string;
  /** Null: nothing is left of the line. */
  readonly rest: string | null;
}

/** The first word, up to a blank or one `=`; one in double quotes ends with them. Null: a quote that is not closed. */
export function delimited(text: string): Delimited | null {
  const at = text.search(/[ \t\r\n"=]/);
  if (at < 0) return { word: text, rest: null };
  if (text[at] === '"') {
    const joined = text.slice(0, at) + text.slice(at + 1);
    const end = joined.indexOf('"', at);
    if (end < 0) return null;
    return { word: joined.slice(0, end), rest: joined.slice(end + 1).replace(blank, '') };
  }
  const rest = text.slice(at + 1).replace(blank, '');
  const equals = text[at] !== '=' && rest.startsWith('=');
  return { word: text.slice(0, at), rest: equals ? rest.slice(1).replace(blank, '') : rest };
}

/** The words after a keyword: quotes of both kinds, `\` before a quote, a `\` or a blank, and a comment. Null: a quote that is not closed. */
export function wordsOf(text: string): string[] | null {
  const words: string[] = [];
  let at = 0;
  while (at < text.length) {
    const sign = text[at] ?? '';
    if (sign === '#') break;
    if (sign === ' ' || sign === '\t') {
      at += 1;
      continue;
    }
    const found = wordAt(text, at);
    if (found === null) return null;
    words.push(found.word);
    at = found.end;
  }
  return words;
}

function wordAt(text: string, from: number): { readonly word: string; readonly end: number } | null {
  let word = '';
  let quote = '';
  let at = from;
  for (; at < text.length; at += 1) {
    const sign = text[at] ?? '';
    const next = text[at + 1] ?? '';
    if (sign === '\\' && (`'"\\`.includes(next) ? next !== '' : quote === '' && next === ' ')) {
      word += next;
      at += 1;
    } else if (quote === '' && (sign === ' ' || sign === '\t')) break;
    else if (quote === '' && (sign === '"' || sign === "'")) quote = sign;
    else if (quote !== '' && sign === quote) quote = '';
    else word += sign;
  }
  return quote === '' ? { word, end: at } : null;
}
