/** Meaning, defaults and rules of `canary.gates`. */
import type { Problem } from '../errors.ts';
import { parseUrl } from '../shared/url/parse-url.ts';
import { Secret } from '../shared/secret.ts';
import type { RawGate } from './gates-schema.ts';
import type { GateConfig, GateRules, GateServer } from './gates-types.ts';
import { rule } from './rule.ts';

/** `everyMs`: that of the analysis. */
export const buildGates = (raw: readonly RawGate[] | undefined, everyMs: number): GateConfig[] =>
  (raw ?? []).map((one) => buildGate(one, everyMs));

function buildGate(raw: RawGate, everyMs: number): GateConfig {
  const rules: GateRules = {
    name: raw.name,
    everyMs: raw.every ?? everyMs,
    timeoutMs: raw.timeout ?? 10_000,
    failures: raw.failures ?? 1,
    errors: raw.errors ?? 4,
  };
  const { prometheus, webhook, max = null, min = null } = raw;
  if (prometheus !== undefined) {
    const asked = { ...buildServer(prometheus), query: prometheus.query };
    return { ...rules, prometheus: asked, max, min, empty: raw.empty ?? 'unknown' };
  }
  if (webhook !== undefined) return { ...rules, webhook: buildServer(webhook) };
  return { ...rules, command: raw.command ?? [] };
}

const buildServer = (raw: NonNullable<RawGate['webhook']>): GateServer => ({
  url: raw.url,
  token: raw.token ? new Secret(raw.token) : null,
  login: raw.login ? new Secret(raw.login) : null,
});

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
