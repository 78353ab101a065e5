/** A server that is asked something: where it is, what is sent to log in, and what a value of Prometheus may be. */
import * as v from 'valibot';
import type { Problem } from '../../errors/common.ts';
import { Secret } from '../../shared/secret.ts';
import { parseUrl } from '../../shared/url/parse-url.ts';
import { url } from './address.ts';
import { anyNumber, anyText, text } from './fields.ts';
import { rule } from './rule.ts';
import { meant, needed, section, type SectionOf } from './section.ts';

export const limit = v.pipe(anyNumber('must be a number'), v.finite('must be a number'));
/** What goes into a header: an empty one is none. */
const secret = v.pipe(anyText('must be a text'), v.regex(/^[\x20-\x7e]*$/, 'must be one line of ASCII'));
const hidden = meant(secret, (written) => (written ? new Secret(written) : null));
/** `token` is sent as `Authorization: Bearer`; `login`, a `user:password`, as `Authorization: Basic`. */
export const server = section({ url: needed(url), token: hidden, login: hidden });
export const asks = section({ ...server.keys, query: needed(text) });

export type GateServer = SectionOf<typeof server>;
export type PrometheusQuery = SectionOf<typeof asks>;

/** Of a login its password, too. */
export function serverSecrets(server: GateServer | null): string[] {
  const pair = server?.login?.reveal() ?? '';
  const at = pair.indexOf(':');
  return [server?.token?.reveal() ?? '', pair, at === -1 ? '' : pair.slice(at + 1)].filter(
    (one) => one !== '',
  );
}

export function limitRules(
  { max, min }: { readonly max: number | null; readonly min: number | null },
  at: string,
): Problem[] {
  if (max === null && min === null)
    return [rule(at, 'has neither max nor min', 'say what the value of the query may be, like max: 5')];
  if (max !== null && min !== null && min > max)
    return [rule(`${at}.min`, `is above max: no value passes`, `use ${max} at the most`)];
  return [];
}

export function serverRules({ token, login, url: address }: GateServer, where: string): Problem[] {
  const { username = '', password = '' } = parseUrl(address) ?? {};
  const found: Problem[] = [];
  if (username !== '' || password !== '')
    found.push(
      rule(`${where}.url`, 'holds a user or a password', 'write them as login: ${env:NAME}, a user:password'),
    );
  if (token !== null && login !== null)
    found.push(rule(`${where}.login`, 'stands beside a token', 'leave one of them out'));
  if (login !== null && !login.reveal().includes(':'))
    found.push(rule(`${where}.login`, 'has no colon', 'write it as user:password'));
  return found;
}
