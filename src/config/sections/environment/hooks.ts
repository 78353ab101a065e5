/** `hooks`: commands of the team around a deploy. */
import * as v from 'valibot';
import { byForm, duration, isMapping, lines, object, oneOf } from '../../fields/fields.ts';
import type { Lines } from '../../fields/lines.ts';
import { meant, section, type SectionOf } from '../../fields/section.ts';

export interface Hook {
  readonly run: Lines;
  readonly on: 'instance' | 'agent';
  readonly timeoutMs: number;
}

const o = v.optional;
const runs = v.pipe(
  lines,
  v.transform((run) => ({ run, on: undefined, timeout: undefined })),
);
const full = object({ run: lines, on: o(oneOf(['instance', 'agent'])), timeout: o(duration) });
const anyHook = v.union([runs, full], 'must be a command, or { run, on, timeout }');
const hook = meant(
  byForm(anyHook, (input) => (isMapping(input) ? full : anyHook)),
  (written): Hook | null =>
    written === undefined
      ? null
      : { run: written.run, on: written.on ?? 'instance', timeoutMs: written.timeout ?? 600_000 },
);

export const hooks = section({ prepare: hook, once: hook, after: hook, failure: hook });
export type Hooks = SectionOf<typeof hooks>;
