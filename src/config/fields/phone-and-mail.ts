/** How people are reached, as schema pieces. Pure. */
import * as v from 'valibot';
import { text } from './fields.ts';

/** E.164: what every provider takes, from wherever it calls. */
export const phone = v.pipe(text, v.regex(/^\+[1-9]\d{6,14}$/, 'must be a phone number like +491700000001'));

/** One address. What would end a header, or make two of it, is none. */
export const mailAddress = v.pipe(
  text,
  v.regex(
    /^[^\s\p{Cc}@<>()[\]\\,;:"]{1,64}@[^\s\p{Cc}@<>()[\]\\,;:"]{1,190}$/u,
    'must be a mail address like ann@example.org',
  ),
);
