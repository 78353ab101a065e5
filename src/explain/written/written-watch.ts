/** `watch` as it would stand in canopy.yml: targets by their kind, conditions with their units. Pure. */
import { metricUnits } from '../../config/sections/watch/conditions.ts';
import type {
  StoreConfig,
  WatchConfig,
  WatchCondition,
  WatchReaction,
  WatchTarget,
} from '../../config/types.ts';
import { writeDuration } from './written-units.ts';

/** Scalars and sections are left as they are, for `write`. */
export const writeWatch = (
  { targets, uplink, rules, ...own }: WatchConfig,
  storeOf: (store: StoreConfig) => unknown,
): object => ({
  ...own,
  targets: targets.map((target) => writeTarget(target, storeOf)),
  uplink: uplink.map((target) => writeTarget(target, storeOf)),
  rules: rules.map(({ when, do: reactions, ...rule }) => ({
    ...rule,
    when: when.length === 1 ? writeCondition(when[0] as WatchCondition) : when.map(writeCondition),
    do: reactions.map(writeReaction),
  })),
});

function writeTarget(
  { name, probe, needs, everyMs, timeoutMs }: WatchTarget,
  storeOf: (store: StoreConfig) => unknown,
): object {
  const { kind, ...more } = probe;
  const asked = {
    http: () => more,
    tcp: () => ({ tcp: more }),
    tls: () => ({ tls: more }),
    ssh: () => ({ ssh: probe.kind === 'ssh' && probe.address }),
    redis: () => ({ redis: probe.kind === 'redis' && storeOf(probe.store) }),
    command: () => more,
    heartbeat: () => ({ heartbeat: probe.kind === 'heartbeat' && writeDuration(probe.withinMs) }),
  }[kind]();
  return { name, ...asked, needs, everyMs, timeoutMs };
}

function writeCondition(condition: WatchCondition): unknown {
  const { metric, ...more } = condition;
  if ('prometheus' in condition) return more;
  const { op, value } = condition;
  return metric === 'down' ? metric : `${metric} ${op} ${writeValue(condition.metric, value)}`;
}

function writeValue(metric: string, value: number): string {
  if (metric === 'days') return `${value}d`;
  if (metric === 'requests') return `${value}/s`;
  const unit = metricUnits[metric as keyof typeof metricUnits];
  if (unit === metricUnits.latency) return writeDuration(value);
  return unit === metricUnits.cpu ? `${value}%` : String(value);
}

function writeReaction(reaction: WatchReaction): unknown {
  if (reaction.kind === 'flag') return { flag: reaction.flag, state: reaction.state };
  if (reaction.kind === 'command') return { command: reaction.command, timeoutMs: reaction.timeoutMs };
  return reaction.kind;
}
