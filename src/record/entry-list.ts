/** A list of records of which each is read by itself: one that is odd takes no other with it. Pure. */
import type { LeftEntries } from '../shared/files/process-file.ts';
import { jsonIn, readBy, type Schema } from './record.ts';

/** What can be read of a list of anybody's. Never throws. */
export function readEntries<T>(schema: Schema<T>, text: string, longest: number): LeftEntries<T> {
  const json = jsonIn(text, longest);
  if (!json.ok) return { entries: [], wrong: json.reason };
  if (!Array.isArray(json.value)) return { entries: [], wrong: 'it is no list' };
  const read = json.value.map((one) => readBy(schema, one));
  const odd = read.find((one) => !one.ok);
  return {
    entries: read.flatMap((one) => (one.ok ? [one.value] : [])),
    wrong: odd === undefined || odd.ok ? null : odd.reason,
  };
}
