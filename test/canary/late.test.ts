import { expect } from 'chai';
import { abort, resume, setWeight } from '../../src/canary/index.ts';
import { lateOf } from '../../src/canary/analysis-messages.ts';
import { readConfig } from '../../src/config/index.ts';
import { realRandom } from '../../src/drivers/random.ts';
import { fail } from '../../src/errors.ts';
import type { Opener } from '../../src/opener.ts';
import { change, read, type Change } from '../../src/traffic/index.ts';
import { fakeClock, type FakeClock } from '../fakes/clock.ts';
import { fakeStore, type FakeStore } from '../fakes/store.ts';
import { quietLog } from '../support/quiet-log.ts';
import { routerOf } from '../traffic/follow.ts';

const text = `app: shop
environments:
  production: { driver: local, path: /nowhere/a, service: { start: a, stop: a, status: a }, instances: [{ name: web-1, url: "http://127.0.0.1:1" }] }
  canary: { extends: production, path: /nowhere/b, instances: [{ name: can-1, url: "http://127.0.0.1:2" }] }
traffic: { stable: production, canary: canary, listen: "127.0.0.1:0" }
`;

const raised: Change = { kind: 'alert', actor: 'store', alert: { since: 1, by: 'bob', reason: 'slow' } };

describe('a change of the split that a router has not applied', () => {
  let clock: FakeClock;
  let store: FakeStore;
  let log: ReturnType<typeof quietLog>;
  beforeEach(async () => {
    clock = fakeClock();
    store = fakeStore(clock);
    log = quietLog();
    await change('shop', [{ kind: 'enable', on: true, salt: '1a2b3c4d5e6f7a8b' }], { store, clock, log });
  });

  const setting = () => {
    const open = {
      ...{ clock, timer: clock, random: realRandom, masked: (it: string) => it },
      ...{ store: async () => store, balancer: (real: () => unknown) => real() },
    } as unknown as Opener;
    const { config } = readConfig(text, '/app/canopy.yml', {});
    const signal = new AbortController().signal;
    return { config, open, actor: { name: 'ann', url: '' }, log, signal, balanced: true, probed: false };
  };
  const version = async (): Promise<number> => (await read('shop', store))?.version ?? 0;

  /** One router that follows, and another that lives on with the state of now, or has died. */
  const routers = async (second: 'follows' | 'stays' | 'died'): Promise<() => void> => {
    const [one, two] = [routerOf(store, 'r1'), routerOf(store, 'r2')];
    const then = await version();
    await two.write();
    let on = true;
    const beat = async (): Promise<void> => {
      while (on) {
        await one.write();
        if (second !== 'died') await two.write(second === 'follows' ? {} : { version: then });
        await clock.sleep(200);
      }
    };
    void beat();
    await Promise.resolve();
    return () => (on = false);
  };
  const endOf = (work: Promise<unknown>): Promise<{ code?: string; message?: string } | null> =>
    clock.drive(
      work.then(
        () => null,
        (error: { code?: string; message: string }) => error,
      ),
    );

  for (const [says, before, work] of [
    ['abort', [], () => abort(setting(), 'checkout is slow')],
    ['weight', [], () => setWeight(setting(), 33)],
    ['resume', [raised], () => resume(setting())],
  ] as const) {
    for (const second of ['follows', 'stays', 'died'] as const)
      it(`${says}: of two routers the second one ${second}`, async () => {
        await change('shop', before, { store, clock, log });
        const stop = await routers(second);
        const was = await version();
        const ended = await endOf(work());
        stop();
        expect(ended?.code ?? 'done').to.equal(second === 'stays' ? 'balancer-late' : 'done');
        if (second === 'stays') expect(ended?.message).to.contain('r2').and.not.contain('r1');
        // It stands in the store, whoever has applied it.
        expect(await version()).to.be.greaterThan(was);
      });

    it(`${says}: with no router it is told that nobody has confirmed it`, async () => {
      await change('shop', before, { store, clock, log });
      expect(await endOf(work())).to.equal(null);
      expect(log.lines.join()).to.contain('no router is running that could confirm it');
    });
  }

  it('stands on the server of the store that is in charge, when another one has taken it', async () => {
    const stop = await routers('follows');
    store.depose();
    const ended = await endOf(abort(setting(), 'checkout is slow'));
    stop();
    expect(ended).to.equal(null);
    expect((await read('shop', store))?.alert?.reason).to.equal('checkout is slow');
  });

  it('does not take its verdict from an analysis', () => {
    expect(lateOf(fail('balancer-late', { who: 'r2' }))).to.match(/^; .*not applied by r2$/);
    expect(() => lateOf(fail('router-none', { app: 'shop' }))).to.throw(/router/);
  });
});
