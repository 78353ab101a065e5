import { expect } from 'chai';
import { stableBefore } from '../../src/canary/rollout/counting.ts';
import type { CanarySetting } from '../../src/canary/index.ts';
import { noCounts } from '../../src/judge/index.ts';
import { tellCounted } from '../../src/traffic/index.ts';
import { routerCounts } from '../../src/store-keys.ts';
import { fakeStore } from '../fakes/store.ts';
import { keptLog } from '../support/router/router.ts';

const setting = (balancer: unknown = 'router'): CanarySetting =>
  ({ config: { app: 'shop', traffic: { balancer } }, log: keptLog() }) as unknown as CanarySetting;
const told = (id: string, before: unknown) => ({ id, turns: 0, stable: noCounts, canary: noCounts, before });
const counts = (requests: number, errors: number) => ({ ...noCounts, requests, errors });

describe('what stable did before a canary', () => {
  it('is the sum of what the routers remember; an older one remembers nothing', async () => {
    const store = fakeStore();
    await tellCounted('shop', store, told('r1', counts(900, 2)));
    await tellCounted('shop', store, told('r2', counts(100, 1)));
    const { before: _, ...older } = told('r3', null);
    await store.set(routerCounts('shop', 'r3'), JSON.stringify(older));
    expect(await stableBefore(setting(), store)).to.include({ requests: 1000, errors: 3 });
  });

  const unknown: [string, unknown, unknown][] = [
    ['nothing was asked', counts(0, 0), 'router'],
    ['what is told cannot be right', counts(1, 5), 'router'],
    ['it is no count', { requests: 'many' }, 'router'],
    ['HAProxy splits', counts(900, 2), { kind: 'haproxy' }],
  ];
  for (const [why, before, balancer] of unknown)
    it(`is not known when ${why}`, async () => {
      const store = fakeStore();
      await tellCounted('shop', store, told('r1', before));
      expect(await stableBefore(setting(balancer), store)).to.equal(null);
    });
});
