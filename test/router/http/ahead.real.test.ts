import { expect } from 'chai';
import type { Socket } from 'node:net';
import { onAccepted } from '../../support/http/accepted.ts';
import { openClient } from '../../support/http/client.ts';
import { startRouter, type RunningRouter } from '../../support/router/router.ts';
import { ok, said, startStrict, type StrictBackend } from '../../support/http/strict-backend.ts';
import { headOf } from '../../support/http/two-ways.ts';
import { waitFor } from '../../support/wait-for.ts';

const get = (path: string, more = ''): string => headOf('node', 'GET', path, more);
const post = (path: string): string => `${headOf('node', 'POST', path, 'Content-Length: 1\r\n')}x`;

describe('router: requests that a client sends ahead, read by Node', function () {
  this.timeout(120_000);
  let backend: StrictBackend;
  let router: RunningRouter;
  let release: () => void;
  beforeEach(async () => {
    release = () => undefined;
    backend = await startStrict('web-1');
    backend.answer = (message, socket) => {
      const answer = (): void => void socket.write(ok(said(message)), 'latin1');
      if (message.target === '/held') release = answer;
      else answer();
    };
    router = await startRouter({ stable: [backend] });
  });
  afterEach(async () => {
    await router.stop();
    await backend.stop();
  });
  const held = (): Promise<unknown> => waitFor('the first one', () => backend.messages.length === 1);

  it('do not reach an instance behind the last answer of their connection', async () => {
    const client = await openClient(router.proxy.port);
    client.send(get('/held') + post('/a') + post('/b'));
    await held();
    const stopped = router.stop();
    release();
    expect(await client.ended()).to.match(/GET \/held [^]*Connection: close[^]*POST \/a x$/);
    await stopped;
    expect(backend.messages.map(({ target }) => target)).to.deep.equal(['/held', '/a']);
  });

  it('are not read further when many wait, and are all answered, in order', async () => {
    const accepted: Socket[] = [];
    const deaf = onAccepted(router.proxy.port, (socket) => accepted.push(socket));
    const client = await openClient(router.proxy.port);
    try {
      const count = 1500;
      const all = Array.from({ length: count }, (_, at) =>
        get(`/${at}`, `X-B: ${'b'.repeat(5000)}\r\n`),
      ).join('');
      client.send(get('/held') + all);
      await held();
      await waitFor('it to be paused', () => accepted[0]?.isPaused());
      expect(accepted[0]?.bytesRead).to.be.below(all.length / 2);
      release();
      await client.until(`GET /${count - 1} `);
      const order = [...client.text().matchAll(/GET \/(\d+) /g)].map(([, at]) => Number(at));
      expect(order).to.deep.equal(Array.from({ length: count }, (_, at) => at));
    } finally {
      deaf();
      client.socket.destroy();
    }
  });

  const upgrades = {
    'to WebSocket': 'Connection: Upgrade\r\nUpgrade: websocket\r\n',
    'to HTTP/2':
      'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n',
  };
  for (const [name, headers] of Object.entries(upgrades)) {
    it(`an upgrade ${name} is not taken: the answer before it comes whole, then the connection ends`, async () => {
      const size = 20_000_000;
      backend.answer = (_, socket) => socket.write(ok('x'.repeat(size)));
      const client = await openClient(router.proxy.port);
      client.socket.pause();
      client.send(get('/large') + get('/up', headers) + get('/after'));
      await held();
      client.socket.resume();
      expect((await client.ended()).split('\r\n\r\n')[1]?.length).to.equal(size);
      expect(backend.messages.length).to.equal(1);
    });
  }

  it('who goes away with an upgrade waiting harms nobody', async () => {
    const client = await openClient(router.proxy.port);
    client.send(get('/held') + get('/ws', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'));
    await held();
    client.socket.resetAndDestroy();
    release();
    await waitFor('it to be over', async () => {
      const { body } = await router.admin('GET', '/state');
      return body.arms.stable[0].inFlight === 0;
    });
    expect((await fetch(router.url)).status).to.equal(200);
  });
});
