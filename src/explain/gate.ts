/** What an instance has to show before a release counts as healthy there, and what would make that stronger. Pure. */
import { askedFrom, holdMsOf, probed, proofOf } from '../config/health-words.ts';
import type { Config, Instance, Rollout } from '../config/types.ts';
import type { Explained } from './answer.ts';
import { writeDuration } from './written/written-units.ts';

export interface ExplainedHealthGate {
  readonly environment: string;
  readonly instances: readonly string[];
  /** What is asked. */
  readonly probe: string;
  readonly from: string;
  /** What proves that it is the release which answers; where that may not be looked at, the outcome says `not proven`. */
  readonly proof: string;
  readonly rise: number;
  readonly every: string;
  readonly within: string;
  readonly healthyFor: string;
  readonly stronger: readonly string[];
}

/** One gate an environment, or several where its instances differ. */
export function explainGate(config: Config): Explained {
  const gates = Object.values(config.environments).flatMap(({ name, instances, rollout }) =>
    grouped(instances.map((instance) => gateOf(name, instance, rollout))),
  );
  const text = gates.map(told).join('\n\n') || 'no environment has an instance';
  return { data: { gates }, text };
}

function gateOf(environment: string, instance: Instance, { healthyForMs }: Rollout): ExplainedHealthGate {
  const { health, name } = instance;
  const holdMs = holdMsOf(instance, healthyForMs);
  return {
    environment,
    instances: [name],
    probe: probed(instance),
    from: askedFrom(instance),
    proof: proofOf(instance),
    rise: health.rise,
    every: writeDuration(health.everyMs),
    within: writeDuration(health.withinMs),
    healthyFor: writeDuration(holdMs),
    stronger: stronger(instance, holdMs),
  };
}

function stronger(instance: Instance, holdMs: number): string[] {
  const { health } = instance;
  const { probe, release, rise } = health;
  const found: string[] = [];
  if (probe.kind === 'running')
    found.push('health.path with a url: that it runs does not say that it answers');
  if (probe.kind === 'tcp') found.push('health.path with a url: an open port says nothing of the answers');
  if (probe.kind === 'http' && release === null)
    found.push(
      'health.release: the answer itself tells it, also where nobody may look at the processes, or a proxy is in front',
    );
  if (probe.kind === 'command' && instance.docker === null && instance.service.kind === 'commands')
    found.push('health.path with health.release: nothing tells which release the command has asked');
  if (rise < 2 && probe.kind !== 'running') found.push('health.rise: 2 or more: one answer may be luck');
  if (holdMs === 0)
    found.push('rollout.healthyFor: 10s would see a process that dies after its first answers');
  return found;
}

function grouped(gates: readonly ExplainedHealthGate[]): ExplainedHealthGate[] {
  const groups = new Map<string, ExplainedHealthGate>();
  for (const gate of gates) {
    const key = JSON.stringify({ ...gate, instances: [] });
    const known = groups.get(key);
    groups.set(key, known ? { ...known, instances: [...known.instances, ...gate.instances] } : gate);
  }
  return [...groups.values()];
}

function told(gate: ExplainedHealthGate): string {
  const { environment, instances, probe, from, proof, rise, every, within, healthyFor } = gate;
  const row = (name: string, text: string): string => `  ${name.padEnd(9)} ${text}`;
  return [
    `${environment}: ${instances.join(', ')}`,
    row('asks', `${probe} (from: ${from}, every: ${every})`),
    row('release', `proven by ${proof}`),
    row(
      'passes',
      `rise: ${rise} in a row, the first within: ${within}, and on for healthyFor: ${healthyFor}`,
    ),
    ...gate.stronger.map((text, at) => row(at === 0 ? 'stronger' : '', text)),
  ].join('\n');
}
