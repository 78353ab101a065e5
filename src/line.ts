/** One line of text that is safe to print: nothing in it can move a cursor or forge a line of a log. */

const control = /[\u0000-\u001f\u007f-\u009f]/;

/** Any text as one line of at most `longest` characters. */
export const toLine = (text: string, longest: number): string =>
  cut(text.replace(new RegExp(`${control.source}+`, 'g'), ' '), longest);

/** At most `longest` characters. The mark at the cut is for people, and for the mask: it hides half a secret beside one. */
export const cut = (text: string, longest: number): string =>
  text.length > longest ? `${text.slice(0, Math.max(0, longest - 1))}…` : text;

/** Whether a value that came from outside is such a line. */
export const isLine = (value: unknown, longest: number): value is string =>
  typeof value === 'string' && value.length <= longest && !control.test(value);

/** Text of others for people: one line, and nothing invisible that turns or hides what stands beside it. */
export const plainLine = (text: string, longest: number): string =>
  toLine(text.replace(invisible, ''), longest);

const invisible =
  /[\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** Colours a text on a terminal, and leaves it as it is elsewhere. */
export type Paint = (style: 'red' | 'green' | 'yellow' | 'cyan' | 'dim' | 'bold', text: string) => string;
