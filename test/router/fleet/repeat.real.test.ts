import { expect } from 'chai';
import { lost, startLoad, type Load } from '../../support/http/load.ts';
import { allHealthy, startRouter, type RunningRouter } from '../../support/router/router.ts';
import { material, startUpstream, type Upstream } from '../../support/http/upstream.ts';
import { waitFor } from '../../support/wait-for.ts';

const revert = {
  errorRate: 5,
  windowMs: 1000,
  minRequests: 1_000_000,
  resume: 'auto' as const,
  afterMs: 100,
  maxAfterMs: 100,
};

describe('router: what may be repeated is not lost when several instances die at once', function () {
  this.timeout(180_000);
  let instances: Upstream[];
  let router: RunningRouter;
  afterEach(async () => {
    await router.stop();
    await Promise.all(instances.map((one) => one.kill()));
  });
  const begin = async (stable: number, canary: number): Promise<void> => {
    instances = await Promise.all(
      Array.from({ length: stable + canary }, (_, at) =>
        startUpstream(at < stable ? `web-${at + 1}` : `canary-${at - stable + 1}`),
      ),
    );
    router = await startRouter({
      stable: instances.slice(0, stable),
      canary: instances.slice(stable),
      traffic: { revert, weight: 50 },
    });
    await allHealthy(router);
  };
  const counted = async (): Promise<Record<string, { retried: number; failed: number; answers: number }>> => {
    const { arms } = (await router.admin('GET', '/state')).body;
    return Object.fromEntries([...arms.stable, ...arms.canary].map((one) => [one.name, one]));
  };
  /** Plain requests, and two kinds that Node's parser reads. */
  const loads = (): Load[] => {
    const all = { port: router.proxy.port, connections: 12, by: 'x-instance' };
    const body = material.subarray(0, 20_000);
    return [
      startLoad(all),
      startLoad({ ...all, method: 'PUT', path: '/echo', body }),
      startLoad({ ...all, method: 'DELETE', path: '/slow?ms=3' }),
    ];
  };

  const scenes: Record<string, { stable: number; canary: number; victims: number[] }> = {
    'two canaries, which are all of them': { stable: 2, canary: 2, victims: [2, 3] },
    'two of three instances': { stable: 3, canary: 0, victims: [0, 2] },
    'an instance of each side': { stable: 2, canary: 2, victims: [0, 2] },
  };
  for (const [name, { stable, canary, victims }] of Object.entries(scenes))
    it(`${name}, ten times, under load`, async () => {
      await begin(stable, canary);
      const dying = victims.map((at) => instances[at] as Upstream);
      const running = loads();
      const requests = (): number => running.reduce((sum, load) => sum + load.now().requests, 0);
      for (let round = 0; round < 10; round += 1) {
        const seen = dying.map((one) => one.seen);
        await waitFor('requests to those that will die', () =>
          dying.every((one, at) => one.seen > (seen[at] ?? 0) + 20),
        );
        await Promise.all(dying.map((one) => one.kill()));
        const before = requests();
        await waitFor('more requests', () => requests() > before + 100);
        await Promise.all(dying.map((one) => one.revive()));
      }
      const results = await Promise.all(running.map((load) => load.stop()));
      for (const result of results) expect(lost(result), JSON.stringify(result)).to.equal(0);
      const state = await counted();
      // Each failure counts where it was, and what was answered instead counts where that was.
      const failed = Object.entries(state).filter(([, one]) => one.retried > 0);
      expect(failed.map(([one]) => one)).to.include.members(dying.map((one) => one.name));
      expect(Object.values(state).reduce((sum, one) => sum + one.failed, 0)).to.equal(0);
      const answers = Object.values(state).reduce((sum, one) => sum + one.answers, 0);
      expect(answers).to.equal(results.reduce((sum, result) => sum + result.requests, 0));
    });

  it('a fleet that dies altogether is asked a fifth more often than its clients ask, not three times', async () => {
    await begin(3, 0);
    const result = await startLoad({ port: router.proxy.port, path: '/reset', requests: 3000 }).done;
    expect(result.statuses).to.deep.equal({ '502': 3000 });
    const seen = instances.reduce((sum, one) => sum + one.seen, 0);
    expect(seen).to.be.within(3000, 3000 * 1.2 + 200);
  });
});
