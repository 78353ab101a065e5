/** Every text in which a secret could be printed. Pure. */
import { Buffer } from 'node:buffer';
import { harmless, toVisible } from '../../shared/text/line.ts';

/** A shorter form would hide half of every log. */
export const least = 4;

/** The secret as a whole and, when it has several lines, each of them: output is cut into lines. */
export function allForms(secret: string): Set<string> {
  const whole = secret.trim();
  const pieces = [whole, ...linesOf(whole)];
  return new Set([...pieces.flatMap(formsOf), ...wrapped(whole)].filter((form) => form.length >= least));
}

/** Lines of a key or the like. Short ones stay readable, unless they are a good part of the whole. */
function linesOf(whole: string): string[] {
  if (!whole.includes('\n')) return [];
  const shortest = Math.min(8, Math.max(least, Math.floor(whole.length / 8)));
  return whole
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line.length >= shortest && !/^-----(BEGIN|END) [A-Z0-9 ]+-----$/.test(line));
}

/** Base64 as programs write it, in lines of 64 (openssl) and 76 characters (base64). */
function wrapped(whole: string): string[] {
  const encoded = Buffer.from(whole, 'utf8').toString('base64').replace(/=+$/, '').slice(0, -1);
  if (encoded.length <= 64) return [];
  const lines = (width: number): string[] => encoded.match(new RegExp(`.{8,${width}}`, 'g')) ?? [];
  return [...lines(64), ...lines(76)];
}

function formsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const url = encodeURIComponent(secret.toWellFormed());
  const strict = url.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  const urls = [url, strict, strict.replaceAll('%2F', '/'), encodeURI(secret.toWellFormed())];
  return [
    secret,
    toVisible(secret, Infinity),
    harmless(secret),
    json,
    ascii(json),
    json.replaceAll('/', '\\/'),
    JSON.stringify(json).slice(1, -1),
    ...urls,
    ...urls.map((text) => text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())),
    new URLSearchParams([['', secret]]).toString().slice(1),
    secret.replaceAll("'", `'\\''`),
    secret.replaceAll("'", `'"'"'`),
    secret.replace(/["$`\\]/g, '\\$&'),
    secret.replace(/[^A-Za-z0-9_@%+=:,./-]/g, '\\$&'),
    ...base64Forms(secret),
  ];
}

/** As many programs write JSON: nothing in it but ASCII. */
const ascii = (json: string): string =>
  json.replace(/[\u0080-\uffff]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** The base64 text of a secret depends on where it stands in what is encoded: at one of three places. */
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const found = [bytes.toString('base64'), bytes.toString('base64url')];
  for (const before of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    // The first and last characters also hold bits of the neighbours.
    const start = before === 0 ? 0 : before + 1;
    const spare = (before + bytes.length) % 3 === 0 ? 0 : 1;
    const middle = encoded.slice(start, encoded.length - spare);
    if (middle.length >= 6) found.push(middle, middle.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return found;
}
