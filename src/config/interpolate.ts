/** `${env:NAME}`, `${env:NAME:-default}` and `${file:PATH}` in every text of the file. */
import { lookUp } from '../look-up.ts';
import { isNothing, keepGiven } from './scalar.ts';

export interface Missing {
  readonly path: Path;
  readonly name: string;
}
export interface Unreadable {
  readonly path: Path;
  readonly file: string;
  readonly reason: string;
}
export type Path = readonly (string | number)[];

export interface Interpolated {
  /** Values whose variable is missing are left out. */
  readonly value: unknown;
  readonly missing: readonly Missing[];
  readonly unreadable: readonly Unreadable[];
  readonly malformed: readonly Malformed[];
}
export interface Malformed {
  readonly path: Path;
  readonly text: string;
}

export interface Sources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The text of a file, or why it cannot be had. */
  readonly file: (path: string) => { readonly text: string } | { readonly reason: string };
}

/** One variable in a text. */
export const variable = /\$\{(?:env:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?|file:([^}]+))\}/g;
const absent = Symbol('absent');

export function interpolate(raw: unknown, sources: Sources): Interpolated {
  const missing: Missing[] = [];
  const unreadable: Unreadable[] = [];
  const malformed: Malformed[] = [];

  const text = (given: string, path: Path): string | typeof absent => {
    // Nearly one: it would reach a server as it stands.
    const odd = /\$\{(?:env|file)[^}]*\}?/.exec(given.replace(variable, ''));
    if (odd) malformed.push({ path, text: odd[0] });
    let lacking = false;
    const value = given.replace(
      variable,
      (_, name: string | undefined, fallback: string | undefined, file: string | undefined) => {
        if (name !== undefined) {
          const found = lookUp(sources.env, name);
          if (found !== undefined && (found !== '' || fallback === undefined)) return found;
          if (fallback !== undefined) return fallback;
          missing.push({ path, name });
        } else if (file !== undefined) {
          const found = sources.file(file);
          if ('text' in found) return found.text.replace(/\r?\n$/, '');
          unreadable.push({ path, file, reason: found.reason });
        }
        lacking = true;
        return '';
      },
    );
    if (lacking) return absent;
    return isWhole(given) ? keepGiven(value) : value;
  };

  const walk = (value: unknown, path: Path): unknown => {
    // Of a variable what was written counts, whatever it is.
    if (isNothing(value)) return isVariables(path.slice(0, -1)) ? value : null;
    if (typeof value === 'string') return text(value, path);
    if (Array.isArray(value))
      return value.map((item, index) => walk(item, [...path, index])).filter((item) => item !== absent);
    if (value === null || typeof value !== 'object') return value;
    const isLoose = isVariables(path);
    const entries = Object.entries(value).map(([key, item]) => [key, walk(item, [...path, key])] as const);
    return Object.fromEntries(entries.filter(([, item]) => item !== absent && (item !== null || isLoose)));
  };

  const value = walk(raw, []);
  return { value: value === absent ? {} : value, missing, unreadable, malformed };
}

/** The scalar is one variable and nothing else. */
const isWhole = (given: string): boolean => given.startsWith('${') && given.replace(variable, '') === '';

/** `env` of an environment or an instance; an environment may bear that name, too. */
const isVariables = (path: Path): boolean => path.at(-1) === 'env' && path.at(-2) !== 'environments';

/** A path as people read it: `environments.production.instances[2].url`. */
export const showPath = (path: Path): string =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '');
