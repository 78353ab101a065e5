/** `traffic.balancer` as it is written. */
import * as v from 'valibot';
import { duration, lines, object, reading, text } from './fields.ts';
import { textOf } from './scalar.ts';

const o = v.optional;

/** What may stand in a line of HAProxy's runtime API: it is sent as it is. */
const name = v.pipe(
  text,
  v.regex(/^[A-Za-z0-9_.:-]{1,100}$/, 'must be a name of letters, digits, . _ : and -'),
);
const socket = v.pipe(
  text,
  v.regex(
    /^(\/[^\0\n]*|(\[[0-9a-fA-F:]+\]|[^\s:/]+):\d{1,5})$/,
    'must be the path of a socket, or host:port',
  ),
);

const haproxy = object({
  hosts: o(v.pipe(v.array(text), v.minLength(1, 'names no host'))),
  socket: o(socket),
  backend: o(name),
  servers: o(v.record(text, name)),
});
const commands = object({
  drain: lines,
  ready: lines,
  weight: o(lines),
  check: o(lines),
  timeout: o(duration),
});

const word = reading(
  textOf,
  v.picklist(
    ['router', 'none'],
    (issue) => `must be router, none, { haproxy: … } or { commands: … }, not ${issue.received}`,
  ),
);
const forms = v.union([word, object({ haproxy }), object({ commands })]);

/** Chosen by the form that was written, so that every problem inside is told with its own path. */
export const balancer: v.GenericSchema<unknown, v.InferOutput<typeof forms>> = v.lazy((input) => {
  // Nobody's value: an editor's schema is made, and wants all forms.
  if (input === undefined) return forms;
  if (input === null || typeof input !== 'object') return word;
  return 'commands' in input ? object({ commands }) : object({ haproxy });
});
export type RawBalancer = v.InferOutput<typeof balancer>;
