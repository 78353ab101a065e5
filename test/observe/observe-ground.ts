/** An application with a canary, in a store in memory. */
import { readConfig } from '../../src/config/index.ts';
import type { Config } from '../../src/config/types.ts';
import { fail } from '../../src/errors.ts';
import type { Opener } from '../../src/opener.ts';
import { routerLease } from '../../src/store-keys.ts';
import { leaseRecord, type RouterLease } from '../../src/traffic/routers.ts';
import { fakeClock } from '../fakes/clock.ts';
import { fakeStore, type FakeStore } from '../fakes/store.ts';
import { quietLog } from '../support/quiet-log.ts';

/** `staging` has an instance of the name of one in production. */
export const appConfig = (): Config =>
  readConfig(
    `app: shop
environments:
  production:
    path: /srv/shop
    service: { systemd: shop }
    instances: [{ name: web-1, host: a, url: "http://a:1" }, { name: web-2, host: b, url: "http://b:1" }]
  canary: { extends: production, instances: [{ name: can-1, host: c, url: "http://c:1" }] }
  staging: { extends: production, instances: [{ name: web-1, host: d, url: "http://d:1" }] }
traffic: { url: "http://shop", stable: production, canary: canary }`,
    '/app/canopy.yml',
    { HOME: '/' },
  ).config;

export const leaseOf = (more: Partial<RouterLease> = {}): RouterLease => ({
  ...{ id: 'r1', epoch: 1, version: 1, drained: [], inFlight: {}, longLived: {} },
  health: { 'web-1': 'healthy', 'web-2': 'healthy', 'can-1': 'healthy' },
  ...{ rates: {}, at: 1 },
  ...more,
});

export interface Ground {
  readonly config: Config;
  readonly store: FakeStore;
  readonly log: ReturnType<typeof quietLog>;
  readonly open: Opener;
  /** Addresses that somebody tried to reach. */
  readonly reached: string[];
  putLease(lease: RouterLease): Promise<boolean>;
}

/** Every server refuses the connection. */
export function groundOf(): Ground {
  const [store, log, clock] = [fakeStore(), quietLog(), fakeClock()];
  const reached: string[] = [];
  const open = {
    clock,
    timer: clock,
    store: async () => store,
    ssh: async () => ({
      host: async ({ host }: { host: string }) => {
        reached.push(host);
        throw fail('ssh-refused', { host, port: 22 });
      },
    }),
  } as unknown as Opener;
  const putLease = (lease: RouterLease): Promise<boolean> =>
    store.set(routerLease('shop', lease.id), leaseRecord.format(lease));
  return { config: appConfig(), store, log, open, reached, putLease };
}
