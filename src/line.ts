/** One line of text that is safe to print: nothing in it can move a cursor or forge a line of a log. */

const control = /[\u0000-\u001f\u007f-\u009f]/;

/** Any text as one line of at most `longest` characters. */
export const toLine = (text: string, longest: number): string =>
  text.replace(new RegExp(`${control.source}+`, 'g'), ' ').slice(0, longest);

/** Whether a value that came from outside is such a line. */
export const isLine = (value: unknown, longest: number): value is string =>
  typeof value === 'string' && value.length <= longest && !control.test(value);
