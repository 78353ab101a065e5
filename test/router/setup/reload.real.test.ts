import { expect } from 'chai';
import { isDeepStrictEqual } from 'node:util';
import type { RouterSetup } from '../../../src/router/index.ts';
import { lost, startLoad, type Load } from '../../support/http/load.ts';
import {
  instanceAt,
  startRouter,
  trafficOf,
  type InstanceAt,
  type RunningRouter,
} from '../../support/router/router.ts';
import { startUpstream, type Upstream } from '../../support/http/upstream.ts';
import { waitFor } from '../../support/wait-for.ts';

describe('members that change under load', function () {
  this.timeout(120_000);
  let upstreams: Upstream[];
  let canary: Upstream;
  let router: RunningRouter;
  let load: Load;
  let next: { stable: readonly InstanceAt[]; canary: readonly InstanceAt[] } | Error;
  const of = (at: number): Upstream => upstreams[at] as Upstream;

  beforeEach(async () => {
    upstreams = await Promise.all(['web-1', 'web-2', 'web-3'].map((name) => startUpstream(name)));
    canary = await startUpstream('canary-1');
    router = await startRouter({
      stable: [of(0), of(1)],
      canary: [canary],
      reread: () => {
        if (next instanceof Error) return Promise.reject(next);
        const { stable, canary } = next;
        const setup = { app: 'shop', traffic: trafficOf(router.stateDir) };
        return Promise.resolve({
          ...setup,
          stable: stable.map(instanceAt),
          canary: canary.map(instanceAt),
        } as RouterSetup);
      },
    });
    await router.admin('PUT', '/weight', { weight: 20 });
    load = startLoad({ port: router.proxy.port, by: 'x-instance', connections: 12, path: '/slow?ms=2' });
    await waitFor('requests', () => load.now().requests > 100);
  });
  afterEach(async () => {
    await load.stop();
    await router.stop();
    await Promise.all([...upstreams, canary].map((one) => one.kill()));
  });

  const reload = async (stable: readonly InstanceAt[], canaries: readonly InstanceAt[] = [canary]) => {
    next = { stable, canary: canaries };
    return router.admin('POST', '/reload');
  };
  const names = async (arm: string): Promise<string[]> =>
    (await router.admin('GET', '/state')).body.arms[arm].map((one: { name: string }) => one.name);
  const leaving = async () => (await router.admin('GET', '/state')).body.leaving;
  /** What was picked for them before may still be on its way there. */
  const nobodyLeaves = () =>
    waitFor('nobody to be on its way out', async () => (await leaving()).length === 0);
  const nothingLost = async (): Promise<void> => {
    const at = load.now().requests;
    await waitFor('more requests', () => load.now().requests > at + 300);
    expect(lost(load.now()), JSON.stringify(load.now())).to.equal(0);
  };

  it('one more is used, one less is not, and nothing is lost; the share stays', async () => {
    const { status, body } = await reload([of(1), of(2)]);
    expect([status, body.added, body.removed, body.changed]).to.deep.equal([200, ['web-3'], ['web-1'], []]);
    expect(await names('stable')).to.deep.equal(['web-2', 'web-3']);
    await nobodyLeaves();
    const seen = of(0).seen;
    await waitFor('the new one', () => of(2).seen > 50);
    expect(of(0).seen, 'after the reload').to.equal(seen);
    await nothingLost();
    expect((await router.admin('GET', '/weight')).body.effective).to.equal(20);
  });

  it('an instance moves to another address: the old one gets no new request, what it has is answered', async () => {
    const held = fetch(`${router.url}/slow?ms=3000`, { headers: { 'x-canary': 'never' } });
    await waitFor('it to be in flight', () =>
      upstreams.some((one) => one.heads.some(({ url }) => url.includes('3000'))),
    );
    const busy = upstreams.find((one) => one.heads.some(({ url }) => url.includes('3000'))) as Upstream;
    const others = [of(0), of(1)].filter((one) => one !== busy);
    const { body } = await reload([{ name: busy.name, url: of(2).url }, ...others]);
    const old = { name: busy.name, address: `127.0.0.1:${busy.port}`, inFlight: 1 };
    await waitFor('the held one to be the last', async () => isDeepStrictEqual(await leaving(), [old]));
    expect([body.added, body.removed, body.changed]).to.deep.equal([[], [], [busy.name]]);
    await waitFor('the new address', () => of(2).seen > 50);
    const answer = await held;
    expect([answer.status, answer.headers.get('x-instance'), await answer.text()]).to.deep.equal([
      200,
      busy.name,
      'slow\n',
    ]);
    await nobodyLeaves();
    await nothingLost();
  });

  it('a canary comes and goes', async () => {
    await reload([of(0), of(1)], []);
    expect(await names('canary')).to.deep.equal([]);
    await nobodyLeaves();
    const seen = canary.seen;
    await nothingLost();
    expect(canary.seen).to.equal(seen);
    await reload([of(0), of(1)], [canary]);
    await waitFor('the canary', () => canary.seen > seen + 20);
    await nothingLost();
  });

  const refused: [what: string, next: () => typeof next, reason: RegExp][] = [
    [
      'a file that is no good',
      () => new Error('canopy.yml: traffic.stable is missing'),
      /traffic\.stable is missing/,
    ],
    ['two of one name', () => ({ stable: [of(0), of(0)], canary: [] }), /two are named web-1/],
    ['no stable instance', () => ({ stable: [], canary: [canary] }), /stable environment has none/],
    [
      'a url that is none',
      () => ({ stable: [{ name: 'x', url: 'ftp://y' }], canary: [] }),
      /has the url ftp/,
    ],
    [
      'nobody healthy',
      () => ({ stable: [{ name: 'x', url: 'http://127.0.0.1:1' }], canary: [canary] }),
      /none is healthy/,
    ],
  ];
  for (const [what, make, reason] of refused) {
    it(`${what} is refused with the reason, and nothing changes`, async () => {
      next = make();
      const answer = await router.admin('POST', '/reload');
      expect([answer.status, answer.body.error.code]).to.deep.equal([409, 'reload']);
      expect(answer.body.error.message).to.match(reason);
      expect([await names('stable'), await names('canary')]).to.deep.equal([
        ['web-1', 'web-2'],
        ['canary-1'],
      ]);
      await nothingLost();
    });
  }

  it('one after the other, also when many ask at once', async () => {
    const answers = await Promise.all([
      reload([of(0)]),
      reload([of(0), of(1)]),
      reload([of(0), of(1), of(2)]),
    ]);
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 200]);
    expect(await names('stable')).to.deep.equal(['web-1', 'web-2', 'web-3']);
    await nothingLost();
  });
});
