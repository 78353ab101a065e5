import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fail } from '../../errors/common.ts';
import { checkConfig, type Loaded, type Parse } from './check.ts';
import type { HearHidden } from './reading.ts';

/** Texts that were parsed before, with what came out: the parser is most of what reading a configuration costs. */
export interface ParsedTexts {
  /** Undefined for a text that is not kept. */
  find(text: string): unknown;
  /** Takes what was parsed this time; `secrets` are those of the configuration. */
  keep(texts: ReadonlyMap<string, unknown>, secrets: readonly string[]): void;
}

/** Reads, interpolates and checks a canopy.yml; throws one error with every problem found. */
export async function loadConfig(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
  kept: ParsedTexts | null = null,
  hear?: HearHidden,
): Promise<Loaded> {
  const path = resolve(file);
  const text = readText(path, file);
  const check = async (parse: Parse, heard: HearHidden | undefined): Promise<Loaded> => {
    try {
      return checkConfig(text, path, env, parse, heard);
    } catch (error) {
      if (!isOf(error, 'NotRight') && !isOf(error, 'NeedsOperate')) throw error;
    }
    const { checkWhole } = await import('./operate.ts');
    try {
      return checkWhole(text, path, env, parse, heard);
    } catch (error) {
      if (!isOf(error, 'NotRight')) throw error;
    }
    return checkWhole(text, path, env, parse, heard, await import('./validate.ts'));
  };
  try {
    if (kept !== null) return await check(known(kept), hear);
  } catch (error) {
    if (!(error instanceof NotKept)) throw error;
  }
  const { parseYaml } = await import('./yaml.ts');
  const parsed = new Map<string, unknown>();
  const hidden: string[] = [];
  const parse: Parse = (from, where) => {
    const data = parseYaml(from, where);
    parsed.set(from, data);
    return data;
  };
  const loaded = await check(parse, (texts) => {
    hidden.push(...texts);
    hear?.(texts);
  });
  kept?.keep(parsed, [...new Set([...loaded.secrets, ...hidden])]);
  return loaded;
}

/** By its name: a loader of tests may hold check.ts twice. */
const isOf = (error: unknown, name: string): boolean => error instanceof Error && error.name === name;

/** One of the texts has to be parsed: then all of them are. */
class NotKept extends Error {}

const known =
  (kept: ParsedTexts): Parse =>
  (text) => {
    const data = kept.find(text);
    if (data === undefined) throw new NotKept();
    return data;
  };

function readText(path: string, shown: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw fail('config-missing', { file: shown });
    throw fail(
      'config-file',
      { path: shown, file: path, reason: (error as Error).message },
      { cause: error },
    );
  }
}
