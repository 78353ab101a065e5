import { parseDocument } from 'yaml';
import { fail } from '../errors.ts';
import { variable } from './interpolate.ts';

/** YAML 1.2 whatever the file says of itself, without the sets and times of 1.1: the build leaves those out. */
const options = { prettyErrors: true, uniqueKeys: true, schema: 'core', resolveKnownTags: false } as const;

/**
 * YAML with `${…}` in it: inside `{ … }` a brace would begin another mapping, so each is taken out before the text is parsed
 * and put back into the values. Throws `config-syntax`.
 */
export function parseYaml(text: string, file: string): unknown {
  const holes: string[] = [];
  const punched = text.replace(variable, (whole) => `CANOPYHOLE${holes.push(whole) - 1}X`);
  const restore = (value: string): string =>
    value.replace(/CANOPYHOLE(\d+)X/g, (_, at: string) => holes[Number(at)] ?? '');
  try {
    const document = parseDocument(punched, options);
    if (document.errors[0]) throw document.errors[0];
    return eachText(document.toJS({ maxAliasCount: 100 }) ?? {}, restore);
  } catch (error) {
    throw fail('config-syntax', { file, reason: restore((error as Error).message).trim() }, { cause: error });
  }
}

function eachText(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => eachText(item, change));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [change(key), eachText(item, change)]),
  );
}
