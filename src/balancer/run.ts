/** Opens the balancer that canopy.yml names. */
import { balancerKindOf, serverOf } from '../config/fields/choices.ts';
import type { HaproxyConfig } from '../config/types.ts';
import type { Config, TrafficConfig } from '../config/types.ts';
import { fail } from '../errors.ts';
import type { ArmServers, BackendServer } from '../haproxy/index.ts';
import type { Balancer, Clock, Exec, Log, Store } from '../ports/ports.ts';
import { StoreBalancer, type First } from '../traffic/index.ts';
import { CommandsBalancer } from './commands.ts';
import { haproxiesOf, type WayThere } from './haproxies.ts';
import { HaproxyBalancer } from './haproxy.ts';
import type { BalancerView } from './view.ts';

export interface BalancerPorts extends WayThere {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  exec(): Promise<Exec>;
}

interface BalancerWho {
  /** Who drains: stands in the state. */
  readonly by?: string;
  /** What a first state begins with, when the store has none. */
  readonly first?: Partial<First>;
}

/** Null with the balancer `none`, and without a traffic section. Nothing is opened before it is asked for something. */
export function openBalancer(config: Config, ports: BalancerPorts, who: BalancerWho = {}): Balancer | null {
  const { traffic, app } = config;
  const { store, clock, log } = ports;
  if (traffic === null || traffic.balancer === 'none') return null;
  if (traffic.balancer === 'router')
    return new StoreBalancer({ app, store, clock, log, longLivedMs: traffic.longLived.drainMs, ...who });
  if ('commands' in traffic.balancer) {
    const { commands } = traffic.balancer;
    return new CommandsBalancer({ config, commands, exec: () => ports.exec(), store, clock, log, ...who });
  }
  return openHaproxy(config, ports, who);
}

/** The same where HAProxy is meant: with what it differs in and what it has counted. Null for any other balancer. */
export function openHaproxy(
  config: Config,
  ports: Omit<BalancerPorts, 'exec'>,
  who: BalancerWho = {},
): HaproxyBalancer | null {
  const { traffic, app } = config;
  if (traffic === null || typeof traffic.balancer === 'string' || !('haproxy' in traffic.balancer))
    return null;
  const { haproxy } = traffic.balancer;
  return new HaproxyBalancer({
    app,
    config: haproxy,
    arms: armsOf(config, traffic, haproxy),
    sticky: traffic.sticky !== 'none',
    haproxies: haproxiesOf(haproxy, ports),
    store: ports.store,
    clock: ports.clock,
    log: ports.log,
    ...who,
  });
}

/** Changes nothing, and throws nothing that a host of it could be the cause of. Null without a traffic section. */
export async function viewBalancer(
  config: Config,
  ports: Omit<BalancerPorts, 'exec'>,
): Promise<BalancerView | null> {
  if (config.traffic === null) return null;
  const looked = await openHaproxy(config, ports)?.look();
  return {
    kind: balancerKindOf(config.traffic.balancer),
    ...(looked ?? { hosts: [], drift: [], health: {} }),
  };
}

/** Throws `balancer-weight` when a canary's share cannot be set. */
export function refuseUnweighted({ traffic }: Config): void {
  if (traffic === null || balancerKindOf(traffic.balancer) !== 'commands') return;
  const { balancer } = traffic;
  if (typeof balancer !== 'string' && 'commands' in balancer && balancer.commands.weight === null)
    throw fail('balancer-weight', {});
}

function armsOf(
  { environments }: Config,
  { stable, canary }: TrafficConfig,
  { servers }: HaproxyConfig,
): ArmServers {
  const members = (name: string | null): BackendServer[] =>
    (name === null ? [] : (environments[name]?.instances ?? [])).map((one) => ({
      instance: one.name,
      server: serverOf(servers, one.name),
    }));
  return { stable: members(stable), canary: members(canary) };
}
