/** The record of a lock: what stands in the store, checked like a stranger's input. Pure. */
import { fail } from '../errors.ts';
import { isLine, toLine } from '../line.ts';

export interface LockRecord {
  /** Random; tells two leases of the same holder apart. */
  readonly id: string;
  /** The Jenkins build or the user. */
  readonly holder: string;
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
  const { id, holder, reason: why, url, token, since } = JSON.parse(text) as LockRecord;
  return { id, holder, reason: why, url, token, since };
}

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
  if (it['holder'] === '') return 'holder is empty';
  if (!isCount(it['token'])) return 'token is no count';
  if (!isCount(it['since']) || it['since'] > 8.64e15) return 'since is no time';
  return null;
}

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
