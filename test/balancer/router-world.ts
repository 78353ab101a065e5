import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { openBalancer } from '../../src/balancer/index.ts';
import type { Balancer } from '../../src/ports/ports.ts';
import { startRouter, type RunningRouter } from '../support/router/router.ts';
import { freePort } from '../support/temp.ts';
import { base, configOf, killAll, maker, ports, type BalancerWorld } from './world.ts';

export async function routerWorld(folder: string): Promise<BalancerWorld> {
  const own = await base();
  const proxy = await freePort();
  // What a router remembers is for the next one of the same world.
  const stateDir = mkdtempSync(join(folder, 'router-'));
  const config = configOf(own, folder, proxy, '  sticky: none');
  const begin = (): Promise<RunningRouter> =>
    startRouter({
      stable: own.stable,
      canary: [own.canary],
      store: own.store.client(),
      traffic: {
        ...config.traffic,
        admin: { listen: { host: '127.0.0.1', port: 0 }, token: null, alertToken: null },
        stateDir,
      },
      stateDir,
      graceMs: 500,
    });
  let router: RunningRouter | null = await begin();
  const balancer = openBalancer(config, ports(own)) as Balancer;
  const end = async (): Promise<void> => {
    await router?.stop();
    router = null;
  };
  return {
    ...own,
    balancer,
    config,
    proxy,
    counts: true,
    make: maker(own, balancer),
    async restart() {
      await end();
      router = await begin();
    },
    end,
    async stop() {
      await end();
      await killAll(own);
    },
  };
}
