import type { Env } from '../../shared/system/env.ts';
import { toLine } from '../../shared/text/line.ts';
import { decoded, splitUrl } from '../../shared/url/userinfo.ts';
import { readSecret, secretNames } from '../arguments/environment.ts';
import type { Redactor } from './redact.ts';
import type { Params } from '../declare/params.ts';

/** Hides every secret of the environment; returns the names of those that are too short to be hidden. */
export function hideEnvironmentSecrets(mask: Redactor, env: Env, declared: readonly string[]): string[] {
  const open: string[] = [];
  for (const name of secretNames(env, declared)) {
    const value = readSecret(name, env);
    if (value === null) continue;
    // The store's address is no secret, its password is.
    const parts = name === 'CANOPY_STORE' ? passwordOf(value) : [value];
    if (!parts.map((part) => mask.add(part)).every(Boolean)) open.push(name);
  }
  return open;
}

/** Variables that hold a known secret under another name, as a whole or as the password of a URL. */
export const holders = (env: Env, mask: Redactor): string[] =>
  Object.entries(env).flatMap(([name, value = '']) =>
    [value, ...passwordOf(value)].some((part) => part !== '' && mask.knows(part)) ? [name] : [],
  );

/** As it is and decoded. */
function passwordOf(url: string): string[] {
  const { password = '' } = splitUrl(url) ?? {};
  return password === '' ? [] : [password, decoded(password)];
}

/** No text of a person is longer: characters. */
const longestFree = 500;

/**
 * Parameters that are free text for people, as one line and without the secrets in them: they are written down in places where
 * nothing is masked later.
 */
export const redactFreeText = (
  params: Params,
  values: Readonly<Record<string, unknown>>,
  mask: Redactor,
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      params[name]?.free === true && typeof value === 'string' ? toLine(mask(value), longestFree) : value,
    ]),
  );
