// What a person reads while the scripts run: plain short lines.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const colours = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code) => (text) => (colours ? `\x1b[${code}m${text}\x1b[0m` : text);

export const bold = paint(1);
export const dim = paint(2);
export const red = paint(31);
export const green = paint(32);
export const cyan = paint(36);

export const say = (text) => console.log(text);

/** Seconds with one digit. */
export const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

/** Says why, and ends the process. */
export function stop(code, why) {
  console.error(red(why));
  process.exit(code);
}
