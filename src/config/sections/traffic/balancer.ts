/** `traffic.balancer`: who splits the traffic. */
import * as v from 'valibot';
import { isPort } from '../../fields/address.ts';
import {
  byForm,
  isMapping,
  lines,
  list,
  mapping,
  object,
  reading,
  text,
  wanted,
} from '../../fields/fields.ts';
import { textOf } from '../../fields/scalar.ts';
import { key, lasts, needed, section, type OutputOf, type SectionOf } from '../../fields/section.ts';

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
  v.check(
    (value) => value.startsWith('/') || isPort(value.slice(value.lastIndexOf(':') + 1), 1),
    'must be host:port with a port from 1 to 65535',
  ),
);

const haproxySection = section({
  /** SSH addresses; `local` is this machine. All of them carry the same traffic. */
  hosts: key(v.pipe(list(text, 'a list of hosts'), v.minLength(1, 'names no host')), ['local']),
  /** The stats socket with level admin, on each of them: a path, or `host:port`. */
  socket: key(socket, '/run/haproxy/admin.sock'),
  /** Null: the name of the application. */
  backend: key(name, null),
  /** Names of servers in the backend, by the instance, where they differ. */
  servers: key(mapping(text, name), {}),
});
const commandsSection = section({
  drain: needed(lines),
  ready: needed(lines),
  /** Sets the canary's share; null: there is no way to. */
  weight: key(lines, null),
  /** Exit code 0: the balancer is there. Null: nobody asks. */
  check: key(lines, null),
  /** For each of weight, check and ready; a drain has `rollout.drain`. */
  timeout: lasts(60_000),
});
const { schema: haproxy } = haproxySection;
const { schema: commands } = commandsSection;

export type HaproxyConfig = SectionOf<typeof haproxySection> & { readonly backend: string };
export type CommandsConfig = SectionOf<typeof commandsSection>;
export type BalancerChoice =
  'router' | 'none' | { readonly haproxy: HaproxyConfig } | { readonly commands: CommandsConfig };

const word = reading(
  textOf,
  v.picklist(['router', 'none'], wanted('router, none, { haproxy: … } or { commands: … }')),
);
const forms = v.union([word, object({ haproxy }), object({ commands })]);

export const balancer = byForm(forms, (input) => {
  if (!isMapping(input)) return word;
  return 'commands' in input ? object({ commands }) : object({ haproxy });
});

export function buildBalancer(written: OutputOf<typeof balancer> | undefined, app: string): BalancerChoice {
  if (written === undefined || typeof written === 'string') return written ?? 'router';
  if ('commands' in written) return { commands: commandsSection.fill(written.commands) };
  const found = haproxySection.fill(written.haproxy);
  return { haproxy: { ...found, backend: found.backend ?? app } };
}
