/** What a router is made of, checked before anything is opened. */
import { hostname } from 'node:os';
import type { Address, Instance, TrafficConfig } from '../../config/types.ts';
import { fail } from '../../errors.ts';
import { isLoopback } from '../../shared/url/loopback.ts';
import { parseUrl } from '../../shared/url/parse-url.ts';
import type { Random } from '../../ports/ports.ts';
import { initial, type TrafficState } from '../../traffic/index.ts';
import type { Arm } from '../fleet/fleet.ts';

export interface RouterSetup {
  readonly app: string;
  readonly traffic: TrafficConfig;
  readonly stable: readonly Instance[];
  readonly canary: readonly Instance[];
}

export interface PlannedMember {
  readonly name: string;
  readonly arm: Arm;
  readonly url: URL;
}

/** The instances with their addresses. Throws `router-instances`, `router-open`. */
export function plannedOf(setup: RouterSetup): PlannedMember[] {
  const { listen, token } = setup.traffic.admin;
  if ((token?.reveal() ?? '') === '' && !isLoopback(listen.host.replace(/^\[(.*)\]$/, '$1')))
    throw fail('router-open', { address: showAddress(listen) });
  const all = [
    ...setup.stable.map((instance) => planned(instance, 'stable')),
    ...setup.canary.map((instance) => planned(instance, 'canary')),
  ];
  if (setup.stable.length === 0)
    throw fail('router-instances', { reason: 'the stable environment has none' });
  const names = all.map((one) => one.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw fail('router-instances', { reason: `two are named ${twice}` });
  return all;
}

/** What is believed until the store or the disk knows better: of epoch 0, so that it gives way to either. */
export function guess(setup: RouterSetup): TrafficState {
  return { ...initial(setup.traffic.weight, 0, setup.traffic.sticky), version: 0 };
}

/** A name for this run of the router: the machine's, and something random. */
export function routerId(random: Random): string {
  const host = hostname()
    .replace(/[^A-Za-z0-9-]/g, '-')
    .replace(/^-+/, '')
    .slice(0, 40);
  return `${host === '' ? 'router' : host}-${random.hex(4)}`;
}

export const showAddress = (address: Address): string =>
  address.host.includes(':') && !address.host.startsWith('[')
    ? `[${address.host}]:${address.port}`
    : `${address.host}:${address.port}`;

function planned(instance: Instance, arm: Arm): PlannedMember {
  if (instance.url === null) throw fail('router-instances', { reason: `${instance.name} has no url` });
  const url = parseUrl(instance.url);
  // A path, a query or a password would be dropped silently.
  if (url === null || url.protocol !== 'http:' || url.href !== `${url.origin}/`) {
    throw fail('router-instances', { reason: `${instance.name} has the url ${instance.url}` });
  }
  return { name: instance.name, arm, url };
}
