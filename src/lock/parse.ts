/** The record of a lock: what stands in the store, checked like a stranger's input. Pure. */
import { isCount } from '../count.ts';
import { fail } from '../errors.ts';
import { isLine, toLine } from '../line.ts';

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
}

const longest = 500;

export function writeRecord(record: LockRecord): string {
  const { id, token, since } = record;
  return JSON.stringify({
    id,
    holder: toLine(record.holder, longest) || 'somebody',
    run: toLine(record.run, longest),
    reason: toLine(record.reason, longest),
    url: toLine(record.url, longest),
    token,
    since,
  });
}

/** Throws `store-record` for anything that Canopy did not write. */
export function parseRecord(text: string, key: string): LockRecord {
  const reason = wrong(text);
  if (reason !== null) throw fail('store-record', { key, reason });
  // An older version writes no run.
  const { id, holder, run = '', reason: why, url, token, since } = JSON.parse(text) as LockRecord;
  return { id, holder, run, reason: why, url, token, since };
}

/** Who holds it, in words: a build by its name, a user with what tells this run from others. */
export const nameOf = ({ holder, run }: Pick<LockRecord, 'holder' | 'run'>): string =>
  run === '' || run === holder ? holder : `${holder} (${run})`;

/** Whether the lock was taken by that very run: by its build, or by the process itself. What is not known is another's. */
export const isSameRun = (
  record: Pick<LockRecord, 'run' | 'url'>,
  { run, url }: { readonly run: string; readonly url: string },
): boolean => run !== '' && record.run === toLine(run, longest) && record.url === toLine(url, longest);

/** What is wrong with a record; null when it is one of ours. */
function wrong(text: string): string | null {
  if (text.length > 10_000) return 'it is too long';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Said in our own words: the text itself may be hostile.
    return 'it is no JSON';
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return 'it is no object';
  const it = value as Record<string, unknown>;
  if (typeof it['id'] !== 'string' || !/^[0-9a-f]{8,64}$/.test(it['id'])) return 'id is none of ours';
  for (const name of ['holder', 'reason', 'url'])
    if (!isLine(it[name], longest)) return `${name} is no line of text`;
  if (it['run'] !== undefined && !isLine(it['run'], longest)) return 'run is no line of text';
  if (it['holder'] === '') return 'holder is empty';
  if (!isCount(it['token'])) return 'token is no count';
  if (!isCount(it['since']) || it['since'] > 8.64e15) return 'since is no time';
  return null;
}
