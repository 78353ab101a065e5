/** The record of a lock, as it stands in the store. Pure. */
import { fail } from '../errors.ts';
import { toLine } from '../shared/text/line.ts';
import { defineRecord } from '../record/record.ts';
import { counter, like, line, notEmpty, object, since, time } from '../record/fields.ts';

export interface LockRecord {
  /** Random; tells two leases of the same holder apart. */
  readonly id: string;
  /** The Jenkins build or the user. */
  readonly holder: string;
  /** Tells one run of that holder from another: the Jenkins build, or host, process and a random word; empty: not known. */
  readonly run: string;
  readonly reason: string;
  /** The build's address, or empty. */
  readonly url: string;
  /** The fencing token, raised before anything is touched; 0 in the moment before. */
  readonly token: number;
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** When it runs out unless it is renewed, by the holder's clock; 0: not known. */
  readonly until: number;
}

const longest = 500;
const text = line(longest);

export const lockRecord = defineRecord<LockRecord>({
  name: 'the lock',
  schema: object({
    id: like(/^[0-9a-f]{8,64}$/, 'is none of ours'),
    holder: notEmpty(text),
    // An older version writes no run.
    run: since(text, ''),
    reason: text,
    url: text,
    token: counter,
    since: time,
    // An older version does not write it.
    until: since(time, 0),
  }),
  longest: 10_000,
});

export const writeRecord = (record: LockRecord): string =>
  lockRecord.format({ ...record, holder: record.holder || 'somebody' });

/** Throws `store-record` for anything that Canopy did not write. */
export function parseRecord(text: string, key: string): LockRecord {
  const parsed = lockRecord.parse(text);
  if (parsed.ok) return parsed.value;
  const next = `canopy lock release --steal --environment ${key.split(':').at(-1)} removes it`;
  throw fail('store-record', { key, reason: parsed.reason, next });
}

/** Who holds it, in words: a build by its name, a user with what tells this run from others. */
export const nameOf = ({ holder, run }: Pick<LockRecord, 'holder' | 'run'>): string =>
  run === '' || run === holder ? holder : `${holder} (${run})`;

/** Since when it is held, and when that ends: what whoever waits wants to know. */
export function termOf({ since: from, until }: Pick<LockRecord, 'since' | 'until'>): string {
  const began = new Date(from).toISOString();
  return until === 0
    ? began
    : `${began}, its lease ends at ${new Date(until).toISOString()} unless it is renewed`;
}

/** Whether the lock was taken by that very run: by its build, or by the process itself. What is not known is another's. */
export const isSameRun = (
  record: Pick<LockRecord, 'run' | 'url'>,
  { run, url }: { readonly run: string; readonly url: string },
): boolean => run !== '' && record.run === toLine(run, longest) && record.url === toLine(url, longest);
