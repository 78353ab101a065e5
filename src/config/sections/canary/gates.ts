/** `canary.gates`: what is asked beside the analysis. */
import * as v from 'valibot';
import type { Problem } from '../../../errors.ts';
import { Secret } from '../../../shared/secret.ts';
import { parseUrl } from '../../../shared/url/parse-url.ts';
import { url } from '../../fields/address.ts';
import { anyNumber, anyText, atLeastOne, duration, lines, name, oneOf, text } from '../../fields/fields.ts';
import { rule } from '../../fields/rule.ts';
import {
  key,
  lasts,
  meant,
  needed,
  nestedOrNull,
  section,
  type SectionOf,
  type WrittenOf,
} from '../../fields/section.ts';

const limit = v.pipe(anyNumber('must be a number'), v.finite('must be a number'));
/** What goes into a header: an empty one is none. */
const secret = v.pipe(anyText('must be a text'), v.regex(/^[\x20-\x7e]*$/, 'must be one line of ASCII'));
const hidden = meant(secret, (written) => (written ? new Secret(written) : null));
/** `token` is sent as `Authorization: Bearer`; `login`, a `user:password`, as `Authorization: Basic`. */
const server = section({ url: needed(url), token: hidden, login: hidden });
const asks = section({ ...server.keys, query: needed(text) });

const keys = section({
  name: needed(name),
  prometheus: nestedOrNull(asks),
  webhook: nestedOrNull(server),
  /** Run by `sh -e` on the machine of the step, in the folder of canopy.yml. */
  command: key(lines, []),
  /** The value may be no more and no less than that; null: there is no such limit. */
  max: key(limit, null),
  min: key(limit, null),
  /** What it means that the query finds nothing. */
  empty: key(oneOf(['pass', 'unknown', 'fail']), 'unknown'),
  /** Null: that of the analysis. */
  every: key(duration, null),
  timeout: lasts(10_000),
  /** So many noes in a row fail the canary. */
  failures: key(atLeastOne, 1),
  /** So many times in a row without an answer fail it too. */
  errors: key(atLeastOne, 4),
});

/** One of them says who is asked. */
const asked = ['prometheus', 'webhook', 'command'] as const;

const gate = v.pipe(
  keys.schema,
  v.check(
    (value) => asked.filter((one) => value[one] !== undefined).length === 1,
    `must have one of ${asked.join(', ')}`,
  ),
  v.check(
    (value) => value.prometheus !== undefined || (value.max ?? value.min ?? value.empty) === undefined,
    'must not have max, min or empty: they are for prometheus',
  ),
);

export const gates = v.array(gate, 'must be a list of gates');

type GateKeys = SectionOf<typeof keys>;
export type GateServer = SectionOf<typeof server>;
export interface GateRules extends Pick<GateKeys, 'name' | 'timeoutMs' | 'failures' | 'errors'> {
  readonly everyMs: number;
}
export interface PrometheusGate extends GateRules, Pick<GateKeys, 'max' | 'min' | 'empty'> {
  readonly prometheus: SectionOf<typeof asks>;
}
export interface WebhookGate extends GateRules {
  readonly webhook: GateServer;
}
export type CommandGate = GateRules & Pick<GateKeys, 'command'>;
export type GateConfig = PrometheusGate | WebhookGate | CommandGate;

/** `everyMs`: that of the analysis. */
export const buildGates = (
  written: readonly WrittenOf<typeof keys>[] | undefined,
  everyMs: number,
): GateConfig[] => (written ?? []).map((one) => buildGate(keys.fill(one), everyMs));

function buildGate(found: GateKeys, everyMs: number): GateConfig {
  const { prometheus, webhook, command, max, min, empty, every, ...more } = found;
  const rules: GateRules = { ...more, everyMs: every ?? everyMs };
  if (prometheus !== null) return { ...rules, prometheus, max, min, empty };
  return webhook === null ? { ...rules, command } : { ...rules, webhook };
}

/** Null for a command. */
export const askedServer = (gate: GateConfig): GateServer | null =>
  'prometheus' in gate ? gate.prometheus : 'webhook' in gate ? gate.webhook : null;

/** Texts that must never be printed; of a login its password, too. */
export const gateSecrets = (gates: readonly GateConfig[]): string[] =>
  gates.flatMap((gate) => {
    const { token, login } = askedServer(gate) ?? {};
    const pair = login?.reveal() ?? '';
    const at = pair.indexOf(':');
    return [token?.reveal() ?? '', pair, at === -1 ? '' : pair.slice(at + 1)].filter((one) => one !== '');
  });

export function gatesRules(gates: readonly GateConfig[]): Problem[] {
  const names = gates.map(({ name }) => name);
  return gates.flatMap((gate, index) => {
    const at = `canary.gates[${index}]`;
    const found: Problem[] = [];
    if (names.indexOf(gate.name) < index)
      found.push(
        rule(`${at}.name`, `the name ${gate.name} stands twice`, 'give each gate a name of its own'),
      );
    if (gate.everyMs < 1000) found.push(rule(`${at}.every`, 'is less than a second', 'use 10s'));
    if (gate.timeoutMs < 100) found.push(rule(`${at}.timeout`, 'is too short for any answer', 'use 10s'));
    return [...found, ...limitRules(gate, at), ...serverRules(gate, at)];
  });
}

function limitRules(gate: GateConfig, at: string): Problem[] {
  if (!('prometheus' in gate)) return [];
  const { max, min } = gate;
  if (max === null && min === null)
    return [rule(at, 'has neither max nor min', 'say what the value of the query may be, like max: 5')];
  if (max !== null && min !== null && min > max)
    return [rule(`${at}.min`, `is above max: no value passes`, `use ${max} at the most`)];
  return [];
}

function serverRules(gate: GateConfig, at: string): Problem[] {
  const server = askedServer(gate);
  if (server === null) return [];
  const where = `${at}.${'prometheus' in gate ? 'prometheus' : 'webhook'}`;
  const { token, login } = server;
  const { username = '', password = '' } = parseUrl(server.url) ?? {};
  const found: Problem[] = [];
  if (username !== '' || password !== '')
    found.push(
      rule(`${where}.url`, 'holds a user or a password', 'write them as login: ${env:NAME}, a user:password'),
    );
  if (token !== null && login !== null)
    found.push(rule(`${where}.login`, 'stands beside a token', 'leave one of them out'));
  if (login !== null && !login.reveal().includes(':'))
    found.push(rule(`${where}.login`, 'has no colon', 'write it as user:password'));
  return found;
}
