/** Three stable instances, a canary, and the balancers that stand in front of them: what the contract is tried on. */
import { join } from 'node:path';
import { openBalancer, openHaproxy, type BalancerPorts } from '../../src/balancer/index.ts';
import { readConfig } from '../../src/config/index.ts';
import type { Config } from '../../src/config/types.ts';
import { realClock } from '../../src/drivers/clock.ts';
import { openExec } from '../../src/drivers/exec/exec.ts';
import { openLocal } from '../../src/drivers/machine/local.ts';
import { openSsh } from '../../src/drivers/ssh/index.ts';
import { cfgOf } from '../../src/haproxy/index.ts';
import type { Balancer, Ssh } from '../../src/ports/ports.ts';
import type { HaproxyBalancer } from '../../src/balancer/index.ts';
import { change, type Change } from '../../src/traffic/index.ts';
import { fakeStore, type FakeStore } from '../fakes/store.ts';
import { fitted, startHaproxy, type RunningHaproxy } from '../support/services/haproxy.ts';
import { quietLog } from '../support/quiet-log.ts';
import { sshSettings } from '../support/ssh/ssh-settings.ts';
import type { Sshd } from '../support/ssh/sshd.ts';
import { freePort } from '../support/temp.ts';
import { startUpstream, type Upstream } from '../support/http/upstream.ts';

/** As the worlds have them. */
export const arms = {
  stable: ['web-1', 'web-2', 'web-3'].map((name) => ({ instance: name, server: name })),
  canary: [{ instance: 'can-1', server: 'can-1' }],
};

export interface BalancerWorld {
  readonly balancer: Balancer;
  readonly stable: readonly Upstream[];
  readonly canary: Upstream;
  readonly store: FakeStore;
  readonly log: ReturnType<typeof quietLog>;
  readonly config: Config;
  /** Where clients ask. */
  readonly proxy: number;
  /** Whether it tells the load. */
  readonly counts: boolean;
  /** Changes the state, and waits until it is applied everywhere. */
  make(...changes: Change[]): Promise<readonly string[]>;
  /** The balancer restarts: what stood only in its memory is gone. */
  restart(): Promise<void>;
  /** Nobody splits any more. */
  end(): Promise<void>;
  stop(): Promise<void>;
}

export interface HaproxyWorld extends BalancerWorld {
  readonly balancer: HaproxyBalancer;
  readonly haproxies: readonly RunningHaproxy[];
}

export interface Base {
  readonly stable: Upstream[];
  readonly canary: Upstream;
  readonly store: FakeStore;
  readonly log: ReturnType<typeof quietLog>;
}

export async function base(): Promise<Base> {
  const stable = await Promise.all(['web-1', 'web-2', 'web-3'].map((name) => startUpstream(name)));
  return { stable, canary: await startUpstream('can-1'), store: fakeStore(realClock), log: quietLog() };
}

export function configOf({ stable, canary }: Base, folder: string, proxy: number, traffic: string): Config {
  const instance = ({ name, url }: Upstream): string =>
    `{ name: ${name}, driver: local, path: ${folder}/${name}/shop, url: "${url}" }`;
  const yaml = `app: shop
environments:
  production:
    service: { user-systemd: shop }
    instances: [ ${stable.map(instance).join(', ')} ]
  canary:
    service: { user-systemd: shop }
    instances: [ ${instance(canary)} ]
traffic:
  listen: 127.0.0.1:${proxy}
  stable: production
  canary: canary
  health: { path: /health, every: 100ms, timeout: 1s, rise: 2, fall: 2 }
${traffic}
`;
  return readConfig(yaml, join(folder, 'canopy.yml'), { HOME: folder }).config;
}

export const ports = (
  { store, log }: Pick<Base, 'store' | 'log'>,
  ssh: () => Promise<Ssh> = () => Promise.reject(new Error('no ssh here')),
): BalancerPorts => ({
  store,
  clock: realClock,
  log,
  ssh,
  local: async () => openLocal(process.env, log),
  exec: async () => openExec({ env: process.env, hide: [] }),
});

export const maker =
  ({ store }: Base, balancer: Balancer) =>
  async (...changes: Change[]): Promise<readonly string[]> => {
    await change('shop', changes, { store, clock: realClock, log: quietLog() });
    return balancer.settle(20_000);
  };

export const killAll = ({ stable, canary }: Base): Promise<unknown> =>
  Promise.allSettled([...stable, canary].map((one) => one.kill()));

/** The generated file, fit for this folder, with another socket and port. */
export function cfgFor(config: Config, folder: string, socket: string, port: number): string {
  const traffic = config.traffic && { ...config.traffic, listen: { host: '127.0.0.1', port } };
  const haproxy = { hosts: [], socket, backend: 'shop', servers: {} };
  return fitted(cfgOf({ ...config, traffic }, haproxy).text, folder);
}

/** `through`: reached over a real sshd; else here. `sticky` as in canopy.yml. */
export async function haproxyWorld(
  folder: string,
  options: { readonly through?: Sshd; readonly sticky?: string } = {},
): Promise<HaproxyWorld> {
  const own = await base();
  const { through, sticky = 'none' } = options;
  const host = through ? `${through.user}@${through.host}:${through.port}` : 'local';
  const proxy = await freePort();
  const socket = join(folder, 'admin.sock');
  const traffic = `  sticky: ${sticky}\n  balancer: { haproxy: { hosts: ["${host}"], socket: ${socket} } }`;
  const config = configOf(own, folder, proxy, traffic);
  const haproxies = [await startHaproxy(folder, socket, cfgFor(config, folder, socket, proxy))];
  const ssh = through
    ? openSsh(sshSettings(through), { passphrase: null, log: own.log, home: folder, env: {} })
    : null;
  const balancer = openHaproxy(
    config,
    ports(own, async () => ssh as Ssh),
  ) as HaproxyBalancer;
  return {
    ...own,
    balancer,
    haproxies,
    config,
    proxy,
    counts: true,
    make: maker(own, balancer),
    restart: async () => void (await Promise.all(haproxies.map((one) => one.restart()))),
    end: async () => void (await Promise.all(haproxies.map((one) => one.stop()))),
    async stop() {
      await Promise.all(haproxies.map((one) => one.stop()));
      await ssh?.close();
      await killAll(own);
    },
  };
}

/** A HAProxy again, driven by what a user has written: test/balancer/lb.mjs. */
export async function commandsWorld(folder: string): Promise<BalancerWorld> {
  const own = await base();
  const proxy = await freePort();
  const socket = join(folder, 'admin.sock');
  const lb = `LB_SOCKET=${socket} node ${join(import.meta.dirname, 'lb.mjs')}`;
  const names = `'web-1 web-2 web-3' can-1`;
  const config = configOf(
    own,
    folder,
    proxy,
    `  sticky: none
  balancer:
    commands:
      drain: ${lb} drain
      ready: ${lb} ready
      weight: "${lb} weight ${names}"
      check: ${lb} check`,
  );
  const haproxy = await startHaproxy(folder, socket, cfgFor(config, folder, socket, proxy));
  const balancer = openBalancer(config, ports(own)) as Balancer;
  return {
    ...own,
    balancer,
    config,
    proxy,
    counts: false,
    make: maker(own, balancer),
    // What the commands have done is for them to keep: a reload does.
    restart: () => haproxy.reload(),
    end: () => haproxy.stop(),
    async stop() {
      await haproxy.stop();
      await killAll(own);
    },
  };
}
