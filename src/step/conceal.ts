import { toLine } from '../line.ts';
import { decoded, splitUrl } from '../url-userinfo.ts';
import { readSecret, secretNames } from './given.ts';
import type { Mask } from './mask.ts';
import type { Params } from './params.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Hides every secret of the environment; returns the names of those that are too short to be hidden. */
export function conceal(mask: Mask, env: Env, declared: readonly string[]): string[] {
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
export const holders = (env: Env, mask: Mask): string[] =>
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
export const concealFree = (
  params: Params,
  values: Readonly<Record<string, unknown>>,
  mask: Mask,
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      params[name]?.free === true && typeof value === 'string' ? toLine(mask(value), longestFree) : value,
    ]),
  );
