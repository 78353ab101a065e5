/**
 * The cookie by which a client keeps its place: version, salt of the rollout, place, signature. It says nothing about the
 * client. The salt makes the cookies of earlier rollouts void; the signature keeps clients from choosing their side. Pure.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** Seconds that a client keeps its place at most. */
const COOKIE_AGE_S = 30 * 24 * 3600;

const LONGEST = 64;
const shape = /^1\.([0-9a-f]{0,32})\.(\d{4})\.([A-Za-z0-9_-]{16})$/;
/** A client that sends more cookies of our name than this is playing with us. */
const MOST = 4;
const none: readonly string[] = [];

export const cookieName = (app: string): string => `canopy-${app}`;

/** The value for a place, 0 to 9999, in the rollout with this salt. */
export function cookieFor(key: Buffer, app: string, salt: string, place: number): string {
  const said = `1.${salt}.${String(place).padStart(4, '0')}`;
  return `${said}.${signature(key, app, said)}`;
}

/** The place that a value stands for; null when it is malformed, of another rollout, or not signed with the key. */
export function slotIn(value: string, key: Buffer, app: string, salt: string): number | null {
  if (value.length > LONGEST) return null;
  const match = shape.exec(value);
  if (match === null || match[1] !== salt) return null;
  const right = signature(key, app, value.slice(0, value.lastIndexOf('.')));
  if (!timingSafeEqual(Buffer.from(right), Buffer.from(match[3] ?? ''))) return null;
  return Number(match[2]);
}

/** The Set-Cookie header for a value. `secure`: the client came by https. */
export const setCookie = (app: string, value: string, secure: boolean): string =>
  `${cookieName(app)}=${value}; Path=/; Max-Age=${COOKIE_AGE_S}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;

/** The values of a cookie in a Cookie header; at most four. */
export function valuesIn(header: string, name: string): readonly string[] {
  if (!header.includes(name)) return none;
  return header
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part.startsWith(`${name}=`))
    .slice(0, MOST)
    .map((part) => part.slice(name.length + 1));
}

/** Takes our cookie out of headers on their way to an instance; the others pass as they came. Changes the list. */
export function hideCookie(headers: string[], name: string): void {
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i]?.length !== 6 || headers[i]?.toLowerCase() !== 'cookie') continue;
    const parts = (headers[i + 1] ?? '').split(';');
    const left = parts.filter((part) => !part.trim().startsWith(`${name}=`));
    if (left.length === parts.length) continue;
    const text = left.join(';').trim();
    if (text !== '') headers[i + 1] = text;
    else {
      headers.splice(i, 2);
      i -= 2;
    }
  }
}

/**
 * Adds our cookie to the headers of an answer, unless caches that serve many clients may keep the answer: they would give
 * all of them the same place. Where the answer says nothing about caches it is made private. Changes the list.
 */
export function giveCookie(headers: string[], status: number, cookie: string): void {
  if (status < 200 || status === 304) return;
  let said: string | null = null;
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i]?.length === 13 && headers[i]?.toLowerCase() === 'cache-control')
      said = said === null ? (headers[i + 1] ?? '') : `${said},${headers[i + 1]}`;
  }
  if (said !== null && isShared(said.toLowerCase())) return;
  headers.push('set-cookie', cookie);
  if (said === null) headers.push('cache-control', 'private');
}

/** Whether caches between us and the clients may keep the answer and give it to others. */
function isShared(control: string): boolean {
  if (/\b(private|no-store)\b/.test(control)) return false;
  return /\bpublic\b|\bs-maxage\b|\bimmutable\b|\bmax-age\s*=\s*"?0*[1-9]/.test(control);
}

/** 96 bits of it are enough for what a guess would win. */
const signature = (key: Buffer, app: string, said: string): string =>
  createHmac('sha256', key).update(`${app} ${said}`).digest().subarray(0, 12).toString('base64url');
