/** `escalation`: who is told by what, and who next when nobody has acknowledged. */
import * as v from 'valibot';
import { count, list, mapping, name, texts } from '../fields/fields.ts';
import { key, lasts, needed, section, type SectionOf, type WrittenOf } from '../fields/section.ts';

const level = section({
  /** People and groups. */
  tell: needed(texts),
  /** `call`, `sms`, `mail` or the name of a webhook. */
  by: needed(texts),
  /** So long after the level before. */
  after: lasts(0),
  /** So many times more, so far apart. */
  repeat: key(count, 0),
  every: lasts(300_000),
});
const levels = v.pipe(list(level.schema, 'a list of levels'), v.minLength(1, 'has no level'));
export const escalation = mapping(name, levels);

export type EscalationLevel = SectionOf<typeof level>;

export const buildEscalation = (
  written: Readonly<Record<string, readonly WrittenOf<typeof level>[]>>,
): Record<string, EscalationLevel[]> =>
  Object.fromEntries(Object.entries(written).map(([of, all]) => [of, all.map((one) => level.fill(one))]));
