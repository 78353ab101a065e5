import { expect } from 'chai';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { buildHardening } from '../../../src/config/sections/traffic/limits.ts';
import type { Limits } from '../../../src/config/types.ts';
import { openClient, type Client } from '../../support/http/client.ts';
import { startRouter, type RouterOptions, type RunningRouter } from '../../support/router/router.ts';
import { ok, startStrict, type StrictBackend } from '../../support/http/strict-backend.ts';
import { tempFolder } from '../../support/temp.ts';
import { headOf, inBothWays, LAST, masked, ways } from '../../support/http/two-ways.ts';
import { waitFor } from '../../support/wait-for.ts';

const { limits } = buildHardening({}, '/');
const withLimits = (more: Partial<Limits>): Partial<RouterOptions> => ({
  traffic: { limits: { ...limits, ...more } },
});

describe('router: what it says of itself is the same, whoever reads the request', function () {
  this.timeout(120_000);
  const folder = tempFolder();
  let backend: StrictBackend;
  let router: RunningRouter;
  const clients: Client[] = [];
  beforeEach(async () => {
    backend = await startStrict('web-1');
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.socket.destroy();
    await router.stop();
    await backend.stop();
  });
  const start = async (more: Partial<RouterOptions> = {}): Promise<void> => {
    router = await startRouter({ stable: [backend], ...more });
  };
  const open = async (): Promise<Client> => {
    const client = await openClient(router.proxy.port);
    clients.push(client);
    return client;
  };
  const inFlight = async (count: number): Promise<unknown> =>
    waitFor(`${count} in flight`, async () => {
      const { body } = await router.admin('GET', '/state');
      return body.arms.stable[0].inFlight === count;
    });
  /** The request, and when its answer has come, another one behind it. */
  const same = (asked: readonly [string, string, string?], comes: string): Promise<string> =>
    inBothWays(router.proxy.port, asked, async (client) => {
      await client.until(comes);
      client.send(LAST);
    });

  it('503 without a healthy instance', async () => {
    await start();
    await backend.stop();
    await waitFor('it to be seen', async () => (await fetch(router.url)).status === 503);
    for (const method of ['GET', 'HEAD'])
      expect(await same([method, '/a'], '\r\n\r\n')).to.match(/^HTTP\/1\.1 503 [^]*retry-after: 1\r\n/);
  });

  it('the maintenance page, and a line of text', async () => {
    const page = join(folder(), 'down.html');
    writeFileSync(page, `<h1>Back at noon — promised</h1>${'<br>'.repeat(10_000)}\n`);
    for (const given of [page, null]) {
      await start({ traffic: { maintenance: { page: given } } });
      await router.admin('PUT', '/maintenance', { on: true, reason: 'a test' });
      for (const method of ['GET', 'HEAD'])
        expect(await same([method, '/a'], '\r\n\r\n')).to.match(/^HTTP\/1\.1 503 [^]*retry-after: 30\r\n/);
      if (given !== null) await router.stop();
    }
  });

  it('414 and 431', async () => {
    await start(withLimits({ urlBytes: 64, headers: 10, headerBytes: 4096 }));
    expect(await same(['GET', `/${'a'.repeat(64)}`], 'bytes\n')).to.match(/^HTTP\/1\.1 414 /);
    const many = Array.from({ length: 9 }, (_, at) => `X${at}: 1\r\n`).join('');
    expect(await same(['GET', '/a', many], 'headers\n')).to.match(/^HTTP\/1\.1 431 /);
  });

  it('504, and an answer that pauses too long', async () => {
    await start(withLimits({ answerMs: 1000, quietMs: 500 }));
    backend.answer = ({ target }, socket) => {
      if (target === '/last') socket.write(ok('last'));
      else if (target === '/pause') socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello');
    };
    expect(await same(['GET', '/a'], '504')).to.match(/^HTTP\/1\.1 504 [^]*last$/);
    const paused = await inBothWays(router.proxy.port, ['GET', '/pause'], async () => undefined);
    expect(paused).to.match(/hello$/);
  });

  it('the cookie of a client that is to stick', async () => {
    const canary = await startStrict('canary-1');
    try {
      await start({ canary: [canary], traffic: { sticky: 'cookie' } });
      expect(await same(['GET', '/a'], 'GET /a ')).to.match(/set-cookie: canopy-shop=place; Path=\//);
      const chosen = await same(['GET', '/b', 'X-Canary: always\r\n'], 'GET /b ');
      expect(chosen).to.match(/GET \/b /);
    } finally {
      await canary.stop();
    }
  });

  // Node counts them from the first one on, and so reads all of such a router.
  it('the last of so many requests', async () => {
    await start(withLimits({ requests: 3, keepAliveMs: 1000 }));
    const got: string[] = [];
    for (const way of ways) {
      const client = await open();
      for (const at of [1, 2, 3]) {
        client.send(headOf(way, 'GET', `/${at}`));
        await client.until(`GET /${at} `);
      }
      got.push(masked(await client.ended()));
    }
    expect(got[0]).to.equal(got[1]);
    expect(got[0]).to.match(/timeout=1, max=3\r\n[^]*Connection: close\r\n[^]*GET \/3 $/);
  });

  it('a connection is ended when it was idle for long', async () => {
    await start(withLimits({ keepAliveMs: 300 }));
    expect(await inBothWays(router.proxy.port, ['GET', '/a'], (client) => client.until('GET /a '))).to.match(
      /^HTTP\/1\.1 200 OK\r\n/,
    );
  });

  it('408 for one that says nothing, or only a part', async () => {
    await start(withLimits({ headerTimeMs: 500 }));
    const [silent, part] = await Promise.all([open(), open()]);
    part.send('GET /a HTTP/1.1\r\nHo');
    const got = await Promise.all([silent.ended(), part.ended()]);
    expect(got[0]).to.equal(got[1]);
    expect(got[0]).to.match(/^HTTP\/1\.1 408 Request Timeout\r\n/);
  });

  it('503 for a connection too many', async () => {
    await start(withLimits({ connections: 1 }));
    const first = await open();
    first.send(headOf('plain', 'GET', '/first'));
    await first.until('GET /first');
    // One too many is not read by us in any way; see `isForNode`.
    const got: string[] = [];
    for (const way of ways) {
      const client = await open();
      client.send(headOf(way, 'GET', '/over'));
      got.push(masked(await client.ended()));
    }
    expect(got[0]).to.equal(got[1]);
    expect(got[0]).to.match(/^HTTP\/1\.1 503 [^]*Connection: close\r\n/);
  });

  for (const way of ways) {
    it(`${way}: who stops reading is cut, and the instance is free`, async () => {
      await start(withLimits({ idleMs: 1000, slowestBytes: 1000 }));
      const size = 60_000_000;
      backend.answer = (_, socket) => {
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n`);
        socket.write(Buffer.alloc(size));
      };
      const client = await open();
      client.socket.pause();
      client.send(headOf(way, 'GET', '/large'));
      await inFlight(1);
      await inFlight(0);
      client.socket.resume();
      expect((await client.ended()).length).to.be.below(size);
    });

    it(`${way}: an event stream ends with its event when its instance is drained`, async () => {
      const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;
      let more = (_text: string): unknown => undefined;
      backend.answer = (_, socket) => {
        const head =
          'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n';
        socket.write(head + chunk('data: 1\n\ndata'));
        more = (text) => socket.write(chunk(text));
      };
      await start({ traffic: { longLived: { drainMs: 100 } } });
      const client = await open();
      client.send(headOf(way, 'GET', '/events'));
      await client.until('data: 1\n\ndata');
      const feed = setInterval(() => more(': 2\n\ndata'), 100);
      try {
        const stopped = router.stop();
        expect(await client.ended()).to.match(/data\r\n5\r\n: 2\n\n\r\n0\r\n\r\n$/);
        await stopped;
      } finally {
        clearInterval(feed);
      }
    });

    it(`${way}: an event stream is open before its first event`, async () => {
      backend.answer = (_, socket) =>
        socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n');
      await start();
      const client = await open();
      client.send(headOf(way, 'GET', '/events'));
      expect(await client.until('\r\n\r\n')).to.match(
        /^HTTP\/1\.1 200 OK\r\nContent-Type: text\/event-stream\r\n/,
      );
      client.socket.destroy();
    });

    it(`${way}: what is in flight when the router stops ends whole, and nothing idle is left`, async () => {
      await start();
      let release = (): void => undefined;
      backend.answer = ({ target }, socket) => {
        const answer = (): void => void socket.write(ok(target));
        if (target === '/held') release = answer;
        else answer();
      };
      const [idle, busy] = await Promise.all([open(), open()]);
      idle.send(headOf(way, 'GET', '/idle'));
      await idle.until('/idle');
      busy.send(headOf(way, 'GET', '/held'));
      await inFlight(1);
      const stopped = router.stop();
      expect(await idle.ended()).to.match(/\/idle$/);
      release();
      expect(await busy.ended()).to.match(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n\/held$/);
      await stopped;
    });
  }
});
