/** `traffic.sticky` and `traffic.header` as they are written. */
import * as v from 'valibot';
import { anyText, off } from '../../fields/fields.ts';
import { stickyOf } from '../../fields/sticky.ts';

const written = v.union(
  [anyText(), v.strictObject({ header: anyText() }), v.strictObject({ cookie: anyText() })],
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

const wrongHeader = 'must be the name of a header, or off';

/** A header's name in small letters; `off` for `off`, `false` and nothing. */
export const overrideHeader = v.pipe(
  v.union([off, v.pipe(anyText(), v.regex(/^(?!true$)([A-Za-z0-9-]{1,64})?$/i, wrongHeader))], wrongHeader),
  v.transform((name) => (name === false || name === '' ? 'off' : name.toLowerCase())),
);
