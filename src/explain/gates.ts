/** The gates that a canary has to pass beside its analysis: whom they ask, and for what. Pure, and nobody is asked. */
import type { GateConfig } from '../config/types.ts';
import { allowed } from '../gates/index.ts';
import { cut } from '../shared/text/line.ts';
import { writeDuration } from './written/written-units.ts';

interface ExplainedGate {
  readonly name: string;
  readonly asks: string;
  /** What counts as a yes. */
  readonly yes: string;
  readonly every: string;
  readonly timeout: string;
  readonly failures: number;
  readonly errors: number;
}

export const explainedGates = (gates: readonly GateConfig[]): ExplainedGate[] =>
  gates.map((gate) => ({
    name: gate.name,
    asks: asksOf(gate),
    yes: yesOf(gate),
    every: writeDuration(gate.everyMs),
    timeout: writeDuration(gate.timeoutMs),
    failures: gate.failures,
    errors: gate.errors,
  }));

/** Lines for people; none when there are no gates. */
export function gateLines(gates: readonly GateConfig[]): string[] {
  if (gates.length === 0) return [];
  return [
    '',
    'Gates that are asked too, from the beginning of each step on:',
    ...explainedGates(gates).flatMap((one) => [
      `  ${one.name}: ${one.asks}`,
      `    every ${one.every}, ${one.timeout} to answer; yes: ${one.yes}`,
      `    the canary fails after ${countOf(one.failures, 'no', 'noes')}, and after ${countOf(one.errors, 'time', 'times')} without an answer`,
    ]),
  ];
}

const countOf = (count: number, one: string, more: string): string =>
  count === 1 ? `1 ${one}` : `${count} ${more} in a row`;

function asksOf(gate: GateConfig): string {
  if ('prometheus' in gate) return `${origin(gate.prometheus.url)}: ${cut(gate.prometheus.query, 200)}`;
  if ('webhook' in gate) return `POST to ${origin(gate.webhook.url)}`;
  return cut(gate.command.join('; '), 200);
}

/** The path of a webhook may be its secret. */
const origin = (url: string): string => new URL(url).origin;

function yesOf(gate: GateConfig): string {
  if ('prometheus' in gate) {
    const nothing = { pass: 'yes', unknown: 'not known', fail: 'no' }[gate.empty];
    return `${allowed(gate)}; when the query finds nothing: ${nothing}`;
  }
  return 'webhook' in gate
    ? 'the verdict "pass", or any 2xx without a verdict'
    : 'exit code 0; 75 is not known yet';
}
