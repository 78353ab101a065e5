/** `watch.rules`: what a condition that holds leads to. */
import * as v from 'valibot';
import {
  byForm,
  duration,
  isMapping,
  lines,
  list,
  name,
  object,
  oneOf,
  text,
  texts,
} from '../../fields/fields.ts';
import type { Lines } from '../../fields/lines.ts';
import {
  key,
  lasts,
  needed,
  section,
  type OutputOf,
  type SectionOf,
  type WrittenOf,
} from '../../fields/section.ts';
import { buildConditions, when, type WatchCondition } from './conditions.ts';

const word = oneOf(['alert', 'doctor', 'maintenance', 'scale']);
const flagged = object({
  flag: v.pipe(
    text,
    v.regex(/^[a-z][a-z0-9._-]{0,63}$/, 'must be the name of a flag: small letters, digits, . _ and -'),
  ),
  state: oneOf(['on', 'off']),
});
const commanded = section({ command: needed(lines), timeout: lasts(60_000) });
const anyReaction = v.union(
  [word, flagged, commanded.schema],
  'must be alert, doctor, maintenance, scale, { flag, state } or { command, timeout }',
);
const reaction = byForm(anyReaction, (input) => {
  if (!isMapping(input)) return word;
  return 'flag' in input ? flagged : commanded.schema;
});
const severities = oneOf(['info', 'warning', 'critical']);

const keys = section({
  name: needed(name),
  when: needed(when),
  /** Names of targets, instances, environments, tags, or `traffic`, `stable`, `canary`; none: all that have the metric. */
  of: key(texts, []),
  /** So long it has to hold. */
  for: lasts(0),
  /** So long it must not hold any more; null: as long as `for`. */
  recover: key(duration, null),
  severity: key(severities, 'warning'),
  /** A policy, or `none`; null: `default`, where there is one. */
  notify: key(text, null),
  do: key(list(reaction), []),
});
export const watchRuleList = list(keys.schema, 'a list of rules');

export type WatchReaction =
  | { readonly kind: 'alert' | 'doctor' | 'maintenance' | 'scale' }
  | { readonly kind: 'flag'; readonly flag: string; readonly state: 'on' | 'off' }
  | { readonly kind: 'command'; readonly command: Lines; readonly timeoutMs: number };

export interface WatchRule extends Pick<
  SectionOf<typeof keys>,
  'name' | 'of' | 'forMs' | 'severity' | 'notify'
> {
  readonly when: readonly WatchCondition[];
  readonly recoverMs: number | null;
  readonly do: readonly WatchReaction[];
}

export const buildWatchRules = (written: readonly WrittenOf<typeof keys>[]): WatchRule[] =>
  written.map((item) => {
    const { when: conditions, recover, do: reactions, ...more } = keys.fill(item);
    return {
      ...more,
      when: buildConditions(conditions, more.name),
      recoverMs: recover,
      do: (reactions as readonly OutputOf<typeof anyReaction>[]).map(buildReaction),
    };
  });

function buildReaction(written: OutputOf<typeof anyReaction>): WatchReaction {
  if (typeof written === 'string') return { kind: written };
  if ('flag' in written) return { kind: 'flag', ...written };
  return { kind: 'command', ...commanded.fill(written) };
}
