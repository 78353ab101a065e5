/**
 * The deploy as it stands, in the store: written before and after each action. What is read back is checked like user
 * input, and nothing in it is ever run: it names actions, instances and releases, no commands. Pure.
 */
import * as v from 'valibot';
import { fail } from '../../errors.ts';
import { toLine } from '../../shared/text/line.ts';
import { defineRecord, type Schema } from '../../record/record.ts';
import {
  byName,
  counter,
  is,
  like,
  line,
  nullable,
  object,
  oneOf,
  ruled,
  since,
  time,
  worded,
} from '../../record/fields.ts';
import {
  actionKinds,
  proofs,
  type ActionKind,
  type End,
  type Performed,
  type Proof,
} from '../model/actions.ts';
import type { Plan } from '../model/plan.ts';
import { planSchema, releaseId, word, wrongPlan } from '../plan/plan-shape.ts';
import { isWord } from '../model/word.ts';

export interface Journal {
  readonly deploy: string;
  readonly action: 'deploy' | 'rollback';
  readonly environment: string;
  readonly release: string;
  readonly commit: string;
  readonly version: string;
  /** sha256 of the artifact; null for a rollback. */
  readonly sha256: string | null;
  readonly by: string;
  /** Of the lease under which it was written: a newer one never loses to an older. */
  readonly token: number;
  readonly startedAt: number;
  /** `running` until it has ended. */
  readonly state: 'running' | End;
  /** What instances said of their health before anything was touched. Older versions do not write it. */
  readonly answered?: Readonly<Record<string, string>>;
  readonly plan: Plan;
  /** What is being done now. */
  readonly doing: readonly JournalEntry[];
  readonly records: readonly JournalEntry[];
}

export interface JournalEntry {
  readonly kind: ActionKind;
  readonly instance: string;
  readonly result?: 'ok' | 'failed';
  readonly reason?: string;
  readonly unwell?: true;
  /** Nobody has confirmed it: whoever takes this up asks for it again. */
  readonly unconfirmed?: true;
  readonly proof?: Proof;
  readonly unproven?: string;
}

export const entriesOf = (performed: readonly Performed[]): JournalEntry[] =>
  performed.map(({ kind, instance, result, reason, unwell, unconfirmed, proof, unproven }) => ({
    kind,
    instance,
    result,
    ...(reason === null ? {} : { reason: toLine(reason, 300) }),
    ...(unwell ? { unwell } : {}),
    ...(unconfirmed === undefined ? {} : { unconfirmed: true }),
    ...(proof === undefined ? {} : { proof }),
    ...(unproven === undefined ? {} : { unproven: toLine(unproven, 300) }),
  }));

const notOurs = 'holds an entry that is not ours';
const yes = is<true>((value) => value === true, 'is not true');
const entry = object({
  kind: oneOf(actionKinds),
  instance: word,
  result: v.optional(oneOf(['ok', 'failed'])),
  reason: v.optional(line(400)),
  unwell: v.optional(yes),
  unconfirmed: v.optional(yes),
  proof: v.optional(oneOf(proofs)),
  unproven: v.optional(line(400)),
}) as Schema<JournalEntry>;
const entries = v.pipe(
  is<unknown>((value) => Array.isArray(value) && value.length <= 100_000, 'is no list'),
  worded(v.array(entry), notOurs),
);

export const journalRecord = defineRecord<Journal>({
  name: 'the journal of a deploy',
  schema: ruled(
    v.pipe(
      object({
        deploy: is<string>(isWord, 'is no id'),
        action: oneOf(['deploy', 'rollback']),
        environment: word,
        release: releaseId,
        commit: like(/^[0-9a-f]{0,64}$/, 'is none'),
        version: line(300),
        sha256: nullable(like(/^[0-9a-f]{64}$/, 'is none')),
        by: line(300),
        startedAt: time,
        answered: since(nullable(byName(isWord, like(/^[a-z0-9 ]{1,20}$/, 'is none'), 100_000)), null),
        plan: planSchema,
        token: counter,
        state: oneOf([
          ...(['running', 'done', 'partial', 'failed'] as const),
          ...(['reverted', 'frozen', 'mixed', 'aborted'] as const),
        ]),
        doing: entries,
        records: entries,
      }),
      v.transform(({ answered, ...rest }) => (answered === null ? rest : { ...rest, answered })),
    ),
    misfit,
  ),
  longest: 100_000_000,
});

export const writeJournal = (journal: Journal): string => journalRecord.format(journal);

/** Throws `store-record` for anything that Canopy did not write. */
export function readJournal(text: string, key: string): Journal {
  const parsed = journalRecord.parse(text);
  if (parsed.ok) return parsed.value;
  const environment = key.split(':').at(-1);
  const next = `canopy rollback --environment ${environment} goes back without it, canopy lock release --steal --environment ${environment} takes the servers as they are`;
  throw fail('store-record', { key, reason: parsed.reason, next });
}

/** What does not fit together in it; null: nothing. */
function misfit({ plan, environment, release, doing, records }: Journal): string | null {
  const wrong = wrongPlan(plan, { environment, release });
  if (wrong !== null) return wrong;
  const known = new Set([...plan.tracks.map(({ instance }) => instance), ...plan.retire]);
  const isOurs = (item: JournalEntry, ended: boolean): boolean =>
    known.has(item.instance) && (item.result !== undefined) === ended;
  if (!doing.every((item) => isOurs(item, false))) return `doing ${notOurs}`;
  if (!records.every((item) => isOurs(item, true))) return `records ${notOurs}`;
  return null;
}
