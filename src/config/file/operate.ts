/** A file with sections of what runs by itself: their shape, meaning, rules and secrets. */
import { object } from '../fields/fields.ts';
import { messageRules } from '../rules/messages.ts';
import { watchRules } from '../rules/watch.ts';
import { schema } from '../sections/config.ts';
import { operateEntries } from '../sections/operate.ts';
import { buildEscalation } from '../sections/escalation.ts';
import { buildMessages, messageSecrets } from '../sections/messages.ts';
import { buildPeople } from '../sections/people.ts';
import { buildWatch, watchSecrets } from '../sections/watch/watch.ts';
import { checkConfig, type Loaded, type OperateSections, type Parse } from './check.ts';
import type { HearHidden, Words } from './reading.ts';

/** The shape of the whole file. */
export const wholeSchema = object({ ...schema.entries, ...operateEntries });

const operate: OperateSections = {
  wholeSchema,
  buildOperate: (
    { app, watch, people = {}, groups = {}, messages = {}, escalation = {}, notify = null },
    at,
  ) => ({
    watch: watch ? buildWatch(watch, app, at) : null,
    people: buildPeople(people),
    groups,
    messages: buildMessages(messages),
    escalation: buildEscalation(escalation),
    notify,
  }),
  operateRules: (config) => [...watchRules(config, Object.keys(config.escalation)), ...messageRules(config)],
  operateSecrets: ({ watch, messages }) => [
    ...(watch === null ? [] : watchSecrets(watch)),
    ...messageSecrets(messages),
  ],
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
