/** What nobody is told of for a while: said by a person, or by a deploy that renews it while it acts. */
import { fail } from '../errors.ts';
import type { Store } from '../ports/ports.ts';
import { line, object, time } from '../record/fields.ts';
import { defineRecord } from '../record/record.ts';
import { silenceKey, silenceKeys } from '../store-keys.operate.ts';

export interface Silence {
  /** The name of a rule or of a target. */
  readonly of: string;
  readonly by: string;
  readonly reason: string;
  readonly since: number;
  readonly until: number;
}

const silenceRecord = defineRecord<Silence>({
  name: 'the silence',
  version: ['version', 1],
  schema: object({ of: line(200), by: line(200), reason: line(300), since: time, until: time }),
  longest: 10_000,
});

/** It ends by itself. Of one rule or target there is one: a later one takes its place. */
export async function silence(app: string, wanted: Silence, store: Store): Promise<Silence> {
  const lastsMs = wanted.until - wanted.since;
  if (lastsMs <= 0) throw fail('usage', { reason: 'a silence lasts longer than nothing', step: 'incident' });
  const fitted = silenceRecord.fit(wanted);
  await store.set(silenceKey(app, fitted.of), silenceRecord.format(fitted), { ttlMs: lastsMs });
  return fitted;
}

export async function silences(app: string, now: number, store: Store): Promise<Silence[]> {
  const keys = await store.list(silenceKeys(app));
  const texts = await Promise.all(keys.map((key) => store.get(key)));
  return texts.flatMap((text) => {
    const parsed = text === null ? null : silenceRecord.parse(text);
    return parsed?.ok === true && parsed.value.until > now ? [parsed.value] : [];
  });
}
