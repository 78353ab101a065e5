/** `traffic.sticky` and `traffic.header` as they are written. */
import * as v from 'valibot';
import { stickyOf } from './sticky.ts';

const written = v.union(
  [v.string(), v.strictObject({ header: v.string() }), v.strictObject({ cookie: v.string() })],
  'must be none, cookie, { header: NAME } or { cookie: NAME }',
);

export const sticky = v.pipe(
  written,
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const mode = stickyOf(dataset.value);
    if (mode !== null) return mode;
    addIssue({ message: 'must be none, cookie, { header: NAME } or { cookie: NAME }' });
    return NEVER;
  }),
);

/** A header's name in small letters; `off` for `off`, `false` and nothing. */
export const overrideHeader = v.pipe(
  v.union(
    [v.literal(false), v.pipe(v.string(), v.regex(/^([A-Za-z0-9-]{1,64})?$/))],
    'must be the name of a header, or off',
  ),
  v.transform((name) => (name === false || name === '' ? 'off' : name.toLowerCase())),
);
