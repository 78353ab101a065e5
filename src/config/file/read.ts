import type { Loaded } from './check.ts';
import { checkWhole } from './operate.ts';
import * as words from './validate.ts';
import { parseYaml } from './yaml.ts';

/** A canopy.yml from its text; `file` says where it stands (paths in it are relative to that folder). */
export const readConfig = (
  text: string,
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): Loaded => checkWhole(text, file, env, parseYaml, undefined, words);
