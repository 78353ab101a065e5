/** A file with sections of what runs by itself: their shape, meaning, rules and secrets. */
import { object } from '../fields/fields.ts';
import { watchRules } from '../rules/watch.ts';
import { schema } from '../sections/config.ts';
import { operateEntries } from '../sections/operate.ts';
import { buildWatch, watchSecrets } from '../sections/watch/watch.ts';
import {
  checkConfig,
  type HearHidden,
  type Loaded,
  type OperateSections,
  type Parse,
  type Words,
} from './check.ts';

/** The shape of the whole file. */
export const wholeSchema = object({ ...schema.entries, ...operateEntries });

const operate: OperateSections = {
  wholeSchema,
  buildOperate: ({ app, watch }, at) => ({ watch: watch ? buildWatch(watch, app, at) : null }),
  operateRules: (config) => watchRules(config, null),
  operateSecrets: ({ watch }) => (watch === null ? [] : watchSecrets(watch)),
};

/** `checkConfig` for a file that may have them: it never throws `NeedsOperate`. */
export const checkWhole = (
  text: string,
  file: string,
  env: Readonly<Record<string, string | undefined>>,
  parse: Parse,
  hear?: HearHidden,
  words: Words | null = null,
): Loaded => checkConfig(text, file, env, parse, hear, words, operate);
