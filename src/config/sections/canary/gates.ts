/** `canary.gates`: what is asked beside the analysis. */
import * as v from 'valibot';
import type { Problem } from '../../../errors/common.ts';
import { atLeastOne, duration, lines, name, oneOf } from '../../fields/fields.ts';
import {
  asks,
  limit,
  limitRules,
  server,
  serverRules,
  serverSecrets,
  type GateServer,
  type PrometheusQuery,
} from '../../fields/asked-server.ts';
import { askedServer } from '../../fields/choices.ts';
import { rule } from '../../fields/rule.ts';
import {
  key,
  lasts,
  needed,
  nestedOrNull,
  section,
  type SectionOf,
  type WrittenOf,
} from '../../fields/section.ts';

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
export interface GateRules extends Pick<GateKeys, 'name' | 'timeoutMs' | 'failures' | 'errors'> {
  readonly everyMs: number;
}
export interface PrometheusGate extends GateRules, Pick<GateKeys, 'max' | 'min' | 'empty'> {
  readonly prometheus: PrometheusQuery;
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

/** Texts that must never be printed. */
export const gateSecrets = (gates: readonly GateConfig[]): string[] =>
  gates.flatMap((gate) => serverSecrets(askedServer(gate)));

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
    const server = askedServer(gate);
    if ('prometheus' in gate) found.push(...limitRules(gate, at));
    if (server !== null)
      found.push(...serverRules(server, `${at}.${'prometheus' in gate ? 'prometheus' : 'webhook'}`));
    return found;
  });
}
