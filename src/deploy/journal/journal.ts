/**
 * The deploy as it stands, in the store: written before and after each action. What is read back is checked like user
 * input, and nothing in it is ever run: it names actions, instances and releases, no commands. Pure.
 */
import * as v from 'valibot';
import { isReleaseId } from '../../artifact/id.ts';
import { fail } from '../../errors.ts';
import { toLine } from '../../shared/text/line.ts';
import { defineRecord, isObject, type Schema } from '../../record/record.ts';
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
import { wrongPlan } from '../plan/plan-shape.ts';
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

const word = is<string>(isWord, 'is no name');
/** By hand: it is written again with each action, for thousands of them in a large fleet. */
const entries: Schema<readonly JournalEntry[]> = v.pipe(
  is<readonly JournalEntry[]>((value) => Array.isArray(value) && value.length <= 100_000, 'is no list'),
  v.transform((list) => list.map(fitted)),
);

export const journalRecord = defineRecord<Journal>({
  name: 'the journal of a deploy',
  schema: ruled(
    v.pipe(
      object({
        deploy: is<string>(isWord, 'is no id'),
        action: oneOf(['deploy', 'rollback']),
        environment: word,
        release: is<string>((id) => typeof id === 'string' && isReleaseId(id), 'is no release id'),
        commit: like(/^[0-9a-f]{0,64}$/, 'is none'),
        version: line(300),
        sha256: nullable(like(/^[0-9a-f]{64}$/, 'is none')),
        by: line(300),
        startedAt: time,
        answered: since(nullable(byName(isWord, like(/^[a-z0-9 ]{1,20}$/, 'is none'), 100_000)), null),
        plan: is<Plan>(isObject, 'is no object'),
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
  if (!doing.every((item) => isEntry(item, known, false))) return 'doing holds an entry that is not ours';
  if (!records.every((item) => isEntry(item, known, true))) return 'records holds an entry that is not ours';
  return null;
}

/** The same object where nothing is to be done. */
const fitted = (entry: JournalEntry): JournalEntry => fittedText(fittedText(entry, 'reason'), 'unproven');

function fittedText(entry: JournalEntry, key: 'reason' | 'unproven'): JournalEntry {
  const text: unknown = isObject(entry) ? entry[key] : undefined;
  if (typeof text !== 'string') return entry;
  const line = toLine(text, 400);
  return line === text ? entry : { ...entry, [key]: line };
}

function isEntry(item: unknown, known: ReadonlySet<string>, ended: boolean): boolean {
  if (!isObject(item)) return false;
  const { kind, instance, result, reason, unwell, unconfirmed, proof, unproven } = item;
  return (
    actionKinds.includes(kind as ActionKind) &&
    typeof instance === 'string' &&
    known.has(instance) &&
    (unwell === undefined || unwell === true) &&
    (unconfirmed === undefined || unconfirmed === true) &&
    (proof === undefined || proofs.includes(proof as Proof)) &&
    (unproven === undefined || typeof unproven === 'string') &&
    (ended ? result === 'ok' || result === 'failed' : result === undefined) &&
    (reason === undefined || typeof reason === 'string')
  );
}
