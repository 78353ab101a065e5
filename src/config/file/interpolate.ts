/** `${env:NAME}`, `${env:NAME:-default}` and `${file:PATH}` in every text of the file. */
import { lookUp } from '../../shared/look-up.ts';
import { isNothing, keepGiven } from '../fields/scalar.ts';

interface Missing {
  readonly path: Path;
  readonly name: string;
}
interface UnreadableFile {
  readonly path: Path;
  readonly file: string;
  readonly reason: string;
}
export type Path = readonly (string | number)[];

/** A variable that is set, or a file, with the scalar in which it was asked for. */
export interface Given {
  readonly path: Path;
  /** The scalar as it is written, and what became of it. */
  readonly source: string;
  readonly whole: string;
  /** Of the variable; null for a file. */
  readonly name: string | null;
  readonly value: string;
}

export interface Interpolated {
  /** Values whose variable is missing are left out. */
  readonly value: unknown;
  readonly missing: readonly Missing[];
  readonly unreadable: readonly UnreadableFile[];
  readonly malformed: readonly Malformed[];
  /** What did not stand in the text, a default is not among it. */
  readonly given: readonly Given[];
}
interface Malformed {
  readonly path: Path;
  readonly text: string;
}

interface ValueSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The text of a file, or why it cannot be had. */
  readonly file: (path: string) => { readonly text: string } | { readonly reason: string };
}

/** One variable in a text. */
export const variable = /\$\{(?:env:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?|file:([^}]+))\}/g;
const absent = Symbol('absent');

export function interpolate(raw: unknown, sources: ValueSources): Interpolated {
  const missing: Missing[] = [];
  const unreadable: UnreadableFile[] = [];
  const malformed: Malformed[] = [];
  const given: Given[] = [];

  const text = (source: string, path: Path): string | typeof absent => {
    // Nearly one: it would reach a server as it stands.
    const odd = /\$\{(?:env|file)[^}]*\}?/.exec(source.replace(variable, ''));
    if (odd) malformed.push({ path, text: odd[0] });
    let lacking = false;
    const used: Pick<Given, 'name' | 'value'>[] = [];
    const use = (name: string | null, value: string): string => {
      used.push({ name, value });
      return value;
    };
    const whole = source.replace(
      variable,
      (_, name: string | undefined, fallback: string | undefined, file: string | undefined) => {
        if (name !== undefined) {
          const found = lookUp(sources.env, name);
          if (found !== undefined && (found !== '' || fallback === undefined)) return use(name, found);
          if (fallback !== undefined) return fallback;
          missing.push({ path, name });
        } else if (file !== undefined) {
          const found = sources.file(file);
          if ('text' in found) return use(null, found.text.replace(/\r?\n$/, ''));
          unreadable.push({ path, file, reason: found.reason });
        }
        lacking = true;
        return '';
      },
    );
    given.push(...used.map((one) => ({ ...one, path, source, whole })));
    if (lacking) return absent;
    return isWhole(source) ? keepGiven(whole) : whole;
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
  return { value: value === absent ? {} : value, missing, unreadable, malformed, given };
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
