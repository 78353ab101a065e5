/** `canary.gates` as they are written. */
import * as v from 'valibot';
import { anyNumber, anyText, count, duration, lines, object, oneOf, text, url } from './fields.ts';

const o = v.optional;

const name = v.pipe(
  text,
  v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'must be a name of letters, digits, . _ and -'),
);
const limit = v.pipe(anyNumber('must be a number'), v.finite('must be a number'));
const atLeastOne = v.pipe(count, v.minValue(1, 'must be 1 or more'));
/** What goes into a header: an empty one is none. */
const secret = v.pipe(anyText('must be a text'), v.regex(/^[\x20-\x7e]*$/, 'must be one line of ASCII'));
const server = { url, token: o(secret), login: o(secret) };

const keys = object({
  name,
  prometheus: o(object({ ...server, query: text })),
  webhook: o(object(server)),
  command: o(lines),
  max: o(limit),
  min: o(limit),
  empty: o(oneOf(['pass', 'unknown', 'fail'])),
  every: o(duration),
  timeout: o(duration),
  failures: o(atLeastOne),
  errors: o(atLeastOne),
});

/** One of them says who is asked. */
const asked = ['prometheus', 'webhook', 'command'] as const;

const gate = v.pipe(
  keys,
  v.check(
    (value) => asked.filter((key) => value[key] !== undefined).length === 1,
    `must have one of ${asked.join(', ')}`,
  ),
  v.check(
    (value) => value.prometheus !== undefined || (value.max ?? value.min ?? value.empty) === undefined,
    'must not have max, min or empty: they are for prometheus',
  ),
);

export const gates = v.array(gate, 'must be a list of gates');

export type RawGate = v.InferOutput<typeof gate>;
