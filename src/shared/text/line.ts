/** One line of text that is safe to print: nothing in it can move a cursor or forge a line of a log. */

/** What moves a cursor, and what ends a line. */
const control = /[\u0000-\u001f\u007f-\u009f]/;
const breaks = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

/** Any text as one line of at most `longest` characters; half a character becomes the mark for an unknown one. */
export const toLine = (text: string, longest: number): string =>
  cut(text.toWellFormed().replace(breaks, ' '), longest);

/**
 * At most `longest` characters, and none of them half of what people see as one. The mark at the cut is for people, and for
 * the mask: it hides half a secret beside one.
 */
export const cut = (text: string, longest: number): string =>
  text.length > longest ? `${text.slice(0, boundary(text, Math.max(0, longest - 1)))}…` : text;

/** Letters with more marks than this are cut within: no language has them. */
const MOST_MARKS = 64;
let segmenter: Intl.Segmenter | null = null;

/** The last place at or before `end` that is not within a letter, an emoji or the like. */
function boundary(text: string, end: number): number {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  const from = Math.max(0, end - 4 * MOST_MARKS);
  const found = segmenter.segment(text.slice(from, end + MOST_MARKS)).containing(end - from);
  const at = from + (found?.index ?? end - from);
  if (end - at <= MOST_MARKS) return at;
  // Never between the two halves of a character.
  return /[\udc00-\udfff]/.test(text[end] ?? '') ? end - 1 : end;
}

/** Whether a value that came from outside is one line, as every version has written it. */
export const isLine = (value: unknown, longest: number): value is string =>
  typeof value === 'string' && value.length <= longest && !control.test(value);

/** Text of others for people: one line, and nothing invisible that turns or hides what stands beside it. */
export const plainLine = (text: string, longest: number): string =>
  toLine(text.replace(invisible, ''), longest);

const invisible =
  /[\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** One line of others' text of which nothing is lost: what would steer a terminal, or cannot be seen, is written out (`\\x1b[31m`). */
export const toVisible = (text: string, longest: number): string =>
  cut(
    text
      .slice(0, 4 * longest)
      .toWellFormed()
      .replace(/\r$/, '')
      .replaceAll('\t', '    ')
      .replace(breaks, (found) => [...found].map(written).join(''))
      .replace(invisible, (found) => written(found)),
    longest,
  );

/** The colours that we give ourselves; any others could hide what comes after them. */
const steering = /\u001b\[(?:1|2|22|31|32|33|36|39)m|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Text for a terminal or a log, in as many lines as it has: whatever it was made of, what would steer a terminal is written out. */
export const harmless = (text: string): string =>
  text.replace(steering, (found) => (found.length > 1 ? found : written(found)));

function written(sign: string): string {
  const code = sign.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}

/** Colours a text on a terminal, and leaves it as it is elsewhere. */
export type Paint = (style: 'red' | 'green' | 'yellow' | 'cyan' | 'dim' | 'bold', text: string) => string;
