import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realClock } from '../../../src/drivers/clock.ts';
import { read } from '../../../src/traffic/index.ts';
import { fakeStore } from '../../fakes/store.ts';
import { openClient } from '../../support/http/client.ts';
import { startRouter, type RunningRouter } from '../../support/router/router.ts';
import { startStrict, type StrictBackend } from '../../support/http/strict-backend.ts';
import { waitFor } from '../../support/wait-for.ts';

describe('router: maintenance', function () {
  this.timeout(120_000);
  let backend: StrictBackend;
  let routers: RunningRouter[];
  let folder: string;
  const store = fakeStore(realClock);
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'canopy-page-'));
    writeFileSync(join(folder, 'down.html'), '<h1>Back at noon — promised</h1>\n');
    backend = await startStrict('web-1');
    const one = (traffic: object) => startRouter({ stable: [backend], store, traffic });
    routers = await Promise.all([one({ maintenance: { page: join(folder, 'down.html') } }), one({})]);
  });
  after(async () => {
    await Promise.all(routers.map((one) => one.stop()));
    await backend.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const states = () => Promise.all(routers.map(async (one) => (await fetch(one.url)).status));

  it('is off, then on for every router, then off again; the routers themselves are well', async () => {
    const [one, two] = routers as [RunningRouter, RunningRouter];
    expect((await one.admin('GET', '/maintenance')).body).to.deep.equal({ on: false });
    expect(await states()).to.deep.equal([200, 200]);

    const on = await one.admin('PUT', '/maintenance', { on: true, reason: 'the database\nmoves' });
    expect(on.body).to.include({ on: true, reason: 'the database moves' });
    // What was answered holds on the router that was asked, and soon on all.
    expect((await fetch(one.url)).status).to.equal(503);
    await waitFor('the other router', async () => (await states()).every((status) => status === 503));
    const before = backend.messages.length;

    const page = await fetch(`${one.url}/shop`);
    expect([page.headers.get('content-type'), page.headers.get('retry-after')]).to.deep.equal([
      'text/html; charset=utf-8',
      '30',
    ]);
    expect(await page.text()).to.equal('<h1>Back at noon — promised</h1>\n');
    expect(await (await fetch(two.url)).text()).to.equal('503 down for maintenance\n');
    const head = await fetch(one.url, { method: 'HEAD' });
    expect([head.status, await head.text()]).to.deep.equal([503, '']);
    const socket = await openClient(one.proxy.port);
    socket.send('GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    expect(await socket.ended()).to.match(/^HTTP\/1\.1 503 /);
    expect(backend.messages.length, 'nothing is passed on').to.equal(before);
    for (const router of routers) {
      expect((await router.admin('GET', '/healthz', undefined, null)).status).to.equal(200);
      expect((await router.admin('GET', '/state')).body.maintenance.reason).to.equal('the database moves');
      expect((await router.admin('GET', '/state')).body.arms.stable[0].health).to.equal('healthy');
    }
    for (const router of routers)
      expect((await router.admin('GET', '/metrics')).text).to.match(
        /^canopy_router_maintenance\{[^}]*\} 1$/m,
      );
    expect((await read('shop', store))?.maintenance?.reason).to.equal('the database moves');

    await two.admin('PUT', '/maintenance', { on: false });
    await waitFor('every router', async () => (await states()).every((status) => status === 200));
    expect((await read('shop', store))?.maintenance).to.equal(null);
  });

  it('is remembered over a restart', async () => {
    const stateDir = join(folder, 'state');
    const first = await startRouter({ stable: [backend], stateDir });
    await first.admin('PUT', '/maintenance', { on: true });
    await first.stop();
    const again = await startRouter({ stable: [backend], stateDir });
    try {
      expect((await fetch(again.url)).status).to.equal(503);
    } finally {
      await again.stop();
    }
  });

  it('a page that cannot be read is told at the start', async () => {
    const failure = await startRouter({
      stable: [backend],
      traffic: { maintenance: { page: join(folder, 'none.html') } },
    }).then(
      () => null,
      (error: Error) => error,
    );
    expect(failure).to.include({ code: 'router-page' });
  });
});
