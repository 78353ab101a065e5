import { createServer } from 'node:net';
import { expect } from 'chai';
import { realClock } from '../../../src/drivers/clock.ts';
import type { Clock } from '../../../src/ports/ports.ts';
import { routerLeases } from '../../../src/store-keys.ts';
import { fakeStore } from '../../fakes/store.ts';
import { startRouter } from '../../support/router/router.ts';
import { startUpstream, type Upstream } from '../../support/http/upstream.ts';
import { waitFor } from '../../support/wait-for.ts';

describe('a router in which something fails', function () {
  this.timeout(60_000);
  let web: Upstream;
  before(async () => (web = await startUpstream('web-1')));
  after(() => web.kill());
  const stable = () => [{ name: 'web-1', url: web.url }];

  it('leaves no lease when it cannot begin', async () => {
    const store = fakeStore();
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    try {
      const started = startRouter({
        store,
        stable: stable(),
        traffic: { listen: { host: '127.0.0.1', port } },
      });
      const error = await started.then(
        () => null,
        (reason: { code?: string }) => reason.code,
      );
      expect(error).to.equal('router-listen');
      await waitFor('no lease', async () => (await store.list(routerLeases('shop'))).length === 0);
    } finally {
      taken.close();
    }
  });

  it('serves on when an instance cannot even be asked, and says so', async () => {
    const health = { path: '/he alth', everyMs: 100, timeoutMs: 1000, rise: 1, fall: 1 };
    const router = await startRouter({ stable: stable(), traffic: { health } });
    try {
      await waitFor('a word about it', () =>
        router.log.lines.some((line) => line.includes('checking web-1')),
      );
      const { arms } = (await router.admin('GET', '/state')).body;
      expect(arms.stable[0].health).to.equal('unhealthy');
      expect((await fetch(`${router.adminUrl}/healthz`)).status).to.equal(200);
    } finally {
      await router.stop();
    }
  });

  it('begins a loop again that has thrown, and loses no request meanwhile', async () => {
    let thrown = 0;
    // The watch over the canary ticks every 250 ms.
    const clock: Clock = {
      ...realClock,
      sleep: (ms, signal) => {
        if (ms !== 250 || thrown >= 2) return realClock.sleep(ms, signal);
        thrown += 1;
        return Promise.reject(new TypeError('no such thing'));
      },
    };
    const router = await startRouter({ stable: stable(), clock });
    try {
      const begun = (): number =>
        router.log.lines.filter((line) => line.includes('watching the canary failed')).length;
      await waitFor('it to fail twice', () => begun() === 2);
      expect((await fetch(router.url)).status).to.equal(200);
      expect(router.log.lines.join()).to.contain('a defect of Canopy: TypeError: no such thing');
    } finally {
      await router.stop();
    }
  });
});
