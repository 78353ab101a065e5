import { expect } from 'chai';
import { realClock } from '../../../src/drivers/clock.ts';
import { parseCounts } from '../../../src/judge/index.ts';
import { countedBy } from '../../../src/traffic/index.ts';
import { fakeStore } from '../../fakes/store.ts';
import { openClient } from '../../support/http/client.ts';
import { startLoad } from '../../support/http/load.ts';
import { allHealthy, startRouter, trafficOf, type RunningRouter } from '../../support/router/router.ts';
import { startUpstream, type Upstream } from '../../support/http/upstream.ts';
import { ask, visitor } from '../../support/http/visitors.ts';
import { waitFor } from '../../support/wait-for.ts';

describe('requests that a header has sent to their side', function () {
  this.timeout(60_000);
  const store = fakeStore(realClock);
  let stable: Upstream;
  let canary: Upstream;
  let router: RunningRouter;

  before(async () => {
    [stable, canary] = [await startUpstream('web-1'), await startUpstream('canary-1')];
    const { revert } = trafficOf('/');
    // More than the first of these tests sends to the canary, fewer than the second.
    const patient = { revert: { ...revert, minRequests: 50 } };
    router = await startRouter({ stable: [stable], canary: [canary], store, traffic: patient });
    await allHealthy(router);
  });
  after(async () => {
    await router.stop();
    await Promise.all([stable.kill(), canary.kill()]);
  });

  const forced = async (word: string, times: number): Promise<void> => {
    for (let time = 0; time < times; time += 1)
      await ask(visitor(), { port: router.proxy.port, headers: { 'x-canary': word } });
  };
  /** What the judge of a canary would read. */
  const judged = async () => {
    const [one] = await countedBy('shop', store);
    return { stable: parseCounts(one?.stable, 'stable'), canary: parseCounts(one?.canary, 'canary') };
  };

  it('are not judged, whatever comes of them; they are told beside the others', async () => {
    canary.ill = 500;
    stable.ill = 503;
    await forced('always', 20);
    await forced('never', 5);
    const socket = await openClient(router.proxy.port);
    socket.send(
      'GET /ws HTTP/1.1\r\nHost: x\r\nX-Canary: always\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    );
    await socket.until('101');
    socket.socket.end();
    canary.ill = stable.ill = null;
    await startLoad({ port: router.proxy.port, requests: 30 }).done;

    await waitFor('the counts', async () => {
      const { stable: ours, canary: theirs } = await judged();
      return ours.requests + theirs.requests === 30;
    });
    const { stable: ours, canary: theirs } = await judged();
    expect([ours.errors, theirs.errors]).to.deep.equal([0, 0]);
    await waitFor('the tunnel to end', async () => (await arm('canary')).forced === 21);
    expect(await arm('stable')).to.include({ forced: 5, answers: ours.requests + 5 });
    expect((await router.admin('GET', '/weight')).body.observed).to.include({ requests: 30, forced: 26 });
    const { text } = await router.admin('GET', '/metrics', undefined, null);
    const of = (side: string, name: string, kind: string): string =>
      `canopy_router_forced_total{app="shop",arm="${side}",instance="${name}",class="${kind}"}`;
    expect(text).to.contain(`${of('canary', 'canary-1', '5xx')} 20\n`);
    expect(text).to.contain(`${of('canary', 'canary-1', '1xx')} 1\n`);
    expect(text).to.contain(`${of('stable', 'web-1', '5xx')} 5\n`);
  });

  it('a canary that fails them is left all the same: that protects whoever is there', async () => {
    canary.ill = 500;
    await forced('always', 60);
    await waitFor('the revert', async () => (await router.admin('GET', '/weight')).body.reverted === true);
  });

  async function arm(name: 'stable' | 'canary') {
    const { arms } = (await router.admin('GET', '/state')).body;
    return arms[name][0] as { answers: number; forced: number };
  }
});
