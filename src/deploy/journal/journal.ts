/**
 * The deploy as it stands, in the store: written before and after each action. What is read back is checked like user
 * input, and nothing in it is ever run: it names actions, instances and releases, no commands. Pure.
 */
import { isReleaseId } from '../../artifact/id.ts';
import { isCount } from '../../count.ts';
import { fail } from '../../errors.ts';
import { cut } from '../../line.ts';
import { actionKinds, type ActionKind, type End, type Performed } from '../plan/actions.ts';
import type { Plan } from '../plan/plan.ts';
import { isOneOf, isWord, wrongPlan } from '../plan/plan-shape.ts';

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
  readonly doing: readonly Entry[];
  readonly records: readonly Entry[];
}

export interface Entry {
  readonly kind: ActionKind;
  readonly instance: string;
  readonly result?: 'ok' | 'failed';
  readonly reason?: string;
  readonly unwell?: true;
}

export const writeJournal = (journal: Journal): string => JSON.stringify(journal);

export const entriesOf = (performed: readonly Performed[]): Entry[] =>
  performed.map(({ kind, instance, result, reason, unwell }) => ({
    kind,
    instance,
    result,
    ...(reason === null ? {} : { reason: cut(reason, 300) }),
    ...(unwell ? { unwell } : {}),
  }));

/** Throws `store-record` for anything that Canopy did not write. */
export function readJournal(text: string, key: string): Journal {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw fail('store-record', { key, reason: 'it is no JSON' }, { cause: error });
  }
  const reason = wrong(value);
  if (reason !== null) throw fail('store-record', { key, reason });
  return value as Journal;
}

const states = ['running', 'done', 'partial', 'failed', 'reverted', 'frozen', 'mixed', 'aborted'];
function wrong(value: unknown): string | null {
  if (value === null || typeof value !== 'object') return 'it is no object';
  const record = value as Record<string, unknown>;
  if (!isWord(record['deploy'])) return 'deploy is no id';
  if (!isOneOf(record['action'], ['deploy', 'rollback'])) return 'action is none we know';
  if (!isWord(record['environment'])) return 'environment is no name';
  if (typeof record['release'] !== 'string' || !isReleaseId(record['release']))
    return 'release is no release id';
  if (typeof record['by'] !== 'string' || record['by'].length > 300) return 'by is no name';
  if (!isCount(record['token'])) return 'token is no count';
  if (!isCount(record['startedAt'])) return 'startedAt is no time';
  if (!isHex(record['commit'], 0)) return 'commit is none';
  if (typeof record['version'] !== 'string' || record['version'].length > 300) return 'version is none';
  if (record['sha256'] !== null && !isHex(record['sha256'], 64)) return 'sha256 is none';
  if (!isOneOf(record['state'], states)) return 'state is none we know';
  const plan = wrongPlan(record['plan'], { environment: record['environment'], release: record['release'] });
  if (plan !== null) return plan;
  if (!areAnswers(record['answered'])) return 'answered is none';
  const known = new Set(instancesOf(record['plan'] as Plan));
  for (const key of ['doing', 'records']) {
    const list = record[key];
    if (!Array.isArray(list) || list.length > 100_000) return `${key} is no list`;
    if (!list.every((item: unknown) => isEntry(item, known, key === 'records')))
      return `${key} holds an entry that is not ours`;
  }
  return null;
}

const areAnswers = (value: unknown): boolean =>
  value === undefined ||
  (value !== null &&
    typeof value === 'object' &&
    Object.entries(value).every(
      ([name, said]) => isWord(name) && typeof said === 'string' && /^[a-z0-9 ]{1,20}$/.test(said),
    ));

const isHex = (value: unknown, least: number): boolean =>
  typeof value === 'string' && value.length >= least && /^[0-9a-f]{0,64}$/.test(value);

/** Instances that a plan names. */
const instancesOf = ({ tracks, retire }: Plan): string[] => [
  ...tracks.map(({ instance }) => instance),
  ...retire,
];

function isEntry(item: unknown, known: ReadonlySet<string>, ended: boolean): boolean {
  if (item === null || typeof item !== 'object') return false;
  const { kind, instance, result, reason, unwell } = item as Partial<Record<keyof Entry, unknown>>;
  return (
    actionKinds.includes(kind as ActionKind) &&
    typeof instance === 'string' &&
    known.has(instance) &&
    (unwell === undefined || unwell === true) &&
    (ended ? result === 'ok' || result === 'failed' : result === undefined) &&
    (reason === undefined || (typeof reason === 'string' && reason.length <= 400))
  );
}
