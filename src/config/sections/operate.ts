/** The sections of what runs by itself. They are loaded only for a file that has one of them (config/file/operate.ts). */
import * as v from 'valibot';
import type { WrittenOf } from '../fields/section.ts';
import { text } from '../fields/fields.ts';
import { escalation, type EscalationLevel } from './escalation.ts';
import { messages, type MessagesConfig } from './messages.ts';
import { groups, people, type Person } from './people.ts';
import { watch, type WatchConfig } from './watch/watch.ts';

const o = v.optional;

export const operateEntries = {
  watch: o(watch.schema),
  people: o(people),
  groups: o(groups),
  messages: o(messages.schema),
  escalation: o(escalation),
  /** The policy for failed pipelines and deploys of every environment that names none. */
  notify: o(text),
};
type OperateEntries = typeof operateEntries;
export type OperateWritten = v.InferOutput<v.ObjectSchema<Omit<OperateEntries, 'watch'>, undefined>> & {
  readonly watch?: WrittenOf<typeof watch> | undefined;
};

/** What they mean. */
export interface OperateConfig {
  readonly watch: WatchConfig | null;
  readonly people: Readonly<Record<string, Person>>;
  /** People by name. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly messages: MessagesConfig;
  /** Policies by name. */
  readonly escalation: Readonly<Record<string, readonly EscalationLevel[]>>;
  readonly notify: string | null;
}
