import { expect } from 'chai';
import type { Socket } from 'node:net';
import {
  allHealthy,
  startRouter,
  type RouterOptions,
  type RunningRouter,
} from '../../support/router/router.ts';
import { openClient } from '../../support/http/client.ts';
import { startStrict, type StrictBackend } from '../../support/http/strict-backend.ts';
import type { StrictMessage } from '../../support/http/strict-http.ts';
import { inBothWays, LAST } from '../../support/http/two-ways.ts';
import { waitFor } from '../../support/wait-for.ts';

type Answer = NonNullable<StrictBackend['answer']>;
const resets: Answer = (_, socket) => socket.resetAndDestroy();
const ends: Answer = (_, socket) => socket.destroy();
const begins: Answer = (_, socket) => socket.write('HTTP/1.1 200', () => socket.destroy());
const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: abc\r\n';
const agrees = (name: string): Answer =>
  function (_: StrictMessage, socket: Socket): void {
    socket.removeAllListeners('data').on('data', (chunk) => socket.write(chunk));
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nX-Name: ${name}\r\n\r\n`,
      'latin1',
    );
  };

describe('router: which request goes to another instance, and what that counts for', function () {
  this.timeout(120_000);
  let one: StrictBackend;
  let two: StrictBackend;
  let canary: StrictBackend;
  let router: RunningRouter;
  const started: StrictBackend[] = [];
  const start = async (name: string): Promise<StrictBackend> => {
    const backend = await startStrict(name);
    started.push(backend);
    return backend;
  };
  beforeEach(async () => {
    one = await start('web-1');
    two = await start('web-2');
    canary = await start('canary-1');
  });
  afterEach(async () => {
    await waitFor('no request in flight', async () =>
      (await members()).every(({ inFlight }) => inFlight === 0),
    );
    await router.stop();
    await Promise.all(started.splice(0).map((backend) => backend.stop()));
  });
  const begin = async (options: Partial<RouterOptions> & Pick<RouterOptions, 'stable'>): Promise<void> => {
    const slow = { path: '/health', everyMs: 60_000, timeoutMs: 1000, rise: 1, fall: 1 };
    router = await startRouter({ ...options, traffic: { health: slow, weight: 100, ...options.traffic } });
    await allHealthy(router);
  };
  interface Told {
    readonly name: string;
    readonly inFlight: number;
    readonly answers: number;
    readonly failed: number;
    readonly retried: number;
    readonly forced: number;
    readonly health: string;
  }
  const members = async (): Promise<Told[]> => {
    const { arms } = (await router.admin('GET', '/state')).body;
    return [...arms.stable, ...arms.canary];
  };
  const told = async (name: string): Promise<Told> =>
    (await members()).find((member) => member.name === name) as Told;
  const seen = (): number[] => [one, two, canary].map(({ messages }) => messages.length);
  const ask = async (method: string, path: string, more = '', body = ''): Promise<string> => {
    const client = await openClient(router.proxy.port);
    const length = body === '' ? '' : `Content-Length: ${body.length}\r\n`;
    client.send(`${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${more}${length}\r\n${body}`);
    return client.ended();
  };

  it('the answer to a GET is the same, whoever reads it, when the canary fails it and stable answers', async () => {
    for (const fails of [resets, ends]) {
      await begin({ stable: [one], canary: [canary] });
      canary.answer = fails;
      const text = await inBothWays(router.proxy.port, ['GET', '/a'], async (client) => {
        await client.until('GET /a ');
        client.send(LAST);
      });
      expect(text).to.match(/^HTTP\/1\.1 200 OK\r\n/);
      expect(await told('canary-1')).to.include({ retried: 4, failed: 0, answers: 0 });
      expect(await told('web-1')).to.include({ retried: 0, failed: 0, answers: 4 });
      if (fails === resets) await router.stop();
    }
  });

  it('a failure counts for the revert of the canary, whoever answered in its place', async () => {
    const revert = { errorRate: 5, windowMs: 60_000, minRequests: 5, resume: 'manual' as const };
    await begin({
      ...{ stable: [one], canary: [canary] },
      traffic: { revert: { ...revert, afterMs: 1, maxAfterMs: 1 } },
    });
    canary.answer = ends;
    const revertOf = async () => (await router.admin('GET', '/state')).body.reverted;
    await waitFor('the revert', async () => {
      expect(await ask('GET', '/a')).to.match(/^HTTP\/1\.1 200 /);
      return (await revertOf()) !== null;
    });
    expect((await revertOf()).reason).to.match(/^(\d+) of \1 requests to the canary failed/);
  });

  it('answers of the canary that break off count for its revert', async () => {
    const revert = { errorRate: 5, windowMs: 60_000, minRequests: 5, resume: 'manual' as const };
    await begin({
      ...{ stable: [one], canary: [canary] },
      traffic: { revert: { ...revert, afterMs: 1, maxAfterMs: 1 } },
    });
    canary.answer = (_, socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello');
    await waitFor('the revert', async () => {
      expect(await ask('GET', '/a')).to.match(/(hello|GET \/a )$/);
      return (await router.admin('GET', '/state')).body.reverted !== null;
    });
  });

  it('one that a header has sent to its side stays there', async () => {
    await begin({ stable: [one], canary: [canary] });
    canary.answer = ends;
    expect(await ask('GET', '/a', 'X-Canary: always\r\n')).to.match(/^HTTP\/1\.1 502 /);
    // Once more, for it might just have closed an idle connection.
    expect(seen()).to.deep.equal([0, 0, 2]);
    expect(await told('canary-1')).to.include({ failed: 1, retried: 1, forced: 1 });
  });

  it('a client that sticks to the canary keeps its place', async () => {
    await begin({ stable: [one], canary: [canary], traffic: { sticky: 'cookie' } });
    const cookie = /set-cookie: (canopy-shop=[^;]+);/.exec(await ask('GET', '/a'))?.[1] ?? '';
    expect(canary.messages.length).to.equal(1);
    canary.answer = ends;
    const text = await ask('GET', '/b', `Cookie: ${cookie}\r\n`);
    expect(text)
      .to.match(/^HTTP\/1\.1 200 [^]*GET \/b $/)
      .and.not.match(/set-cookie/i);
    canary.answer = null;
    await ask('GET', '/c', `Cookie: ${cookie}\r\n`);
    expect(canary.messages.at(-1)?.target).to.equal('/c');
  });

  it('whatever the method, one whose connection was refused, with its body', async () => {
    for (const method of ['POST', 'PATCH', 'PUT', 'DELETE', 'GET', 'OPTIONS']) {
      canary = await start('canary-1');
      await begin({ stable: [one], canary: [canary] });
      await canary.stop();
      expect(await ask(method, '/a', '', 'x'.repeat(300_000))).to.match(/^HTTP\/1\.1 200 /);
      expect(one.messages.at(-1)?.body.length).to.equal(300_000);
      expect(await told('canary-1')).to.include({ retried: 1, failed: 0, health: 'unhealthy' });
      if (method !== 'OPTIONS') await router.stop();
    }
  });

  const once: Record<string, [fails: Answer, method: string, body: string]> = {
    'a POST that was sent': [ends, 'POST', 'hello'],
    'a POST without a body that was sent': [resets, 'POST', ''],
    'a PATCH that was sent': [ends, 'PATCH', 'hello'],
    'a GET whose answer had begun': [begins, 'GET', ''],
    'a PUT whose body is too large to be kept': [ends, 'PUT', 'x'.repeat(70_000)],
  };
  for (const [name, [fails, method, body]] of Object.entries(once))
    it(`not ${name}: 502`, async () => {
      await begin({ stable: [one, two] });
      for (const backend of [one, two]) backend.answer = fails;
      expect(await ask(method, '/a', '', body)).to.match(/^HTTP\/1\.1 502 /);
      expect(one.messages.length + two.messages.length).to.equal(1);
    });

  const twice: Record<string, [method: string, body: string]> = {
    'a PUT with its body': ['PUT', 'x'.repeat(60_000)],
    'a DELETE': ['DELETE', ''],
    'a DELETE with a body': ['DELETE', 'hello'],
    'a TRACE': ['TRACE', ''],
    'a HEAD': ['HEAD', ''],
  };
  for (const [name, [method, body]] of Object.entries(twice))
    it(`${name}, to another instance, when it was sent and not a byte came back`, async () => {
      await begin({ stable: [one, two] });
      one.answer = resets;
      for (let i = 0; i < 2; i += 1) expect(await ask(method, '/a', '', body)).to.match(/^HTTP\/1\.1 200 /);
      expect(seen()).to.deep.equal([2, 2, 0]);
      expect(two.messages.map((message) => message.body.toString())).to.deep.equal([body, body]);
    });

  it('a chunked PUT of which the client has sent a part so far', async () => {
    await begin({ stable: [one, two] });
    const client = await openClient(router.proxy.port);
    client.send('PUT /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n');
    await waitFor('a part of it to arrive', () => one.middle() + two.middle() === 1);
    const [first, other] = one.middle() === 1 ? [one, two] : [two, one];
    await first.stop();
    await waitFor('it to be sent to another one', () => other.middle() === 1);
    client.send('6\r\n again\r\n0\r\n\r\n');
    expect(await client.until('again')).to.match(/^HTTP\/1\.1 200 [^]*PUT \/a hello again$/);
    client.socket.destroy();
  });

  it('how long it waited for another instance is no time of the one that answered', async () => {
    await begin({ stable: [one], canary: [canary] });
    canary.answer = (_, socket) => void setTimeout(() => socket.destroy(), 1500);
    expect(await ask('GET', '/a')).to.match(/^HTTP\/1\.1 200 /);
    const { text } = await router.admin('GET', '/metrics', undefined, null);
    expect(Number(/request_seconds_sum\{[^}]*web-1[^}]*\} (\S+)/.exec(text)?.[1])).to.be.below(1);
  });

  describe('upgrades', () => {
    const open = async (): Promise<string> => {
      const client = await openClient(router.proxy.port);
      client.send(`GET /ws HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n`);
      const text = await client.until('\r\n\r\n');
      client.socket.destroy();
      return text;
    };
    it('go to another instance, and to the other side, before the handshake', async () => {
      for (const fails of [resets, ends, 'refused'] as const) {
        canary = await start('canary-1');
        await begin({ stable: [one, two], canary: [canary] });
        one.answer = ends;
        two.answer = agrees('caf\xe9');
        if (fails === 'refused') await canary.stop();
        else canary.answer = fails;
        expect(await open()).to.match(/^HTTP\/1\.1 101 [^]*X-Name: caf\xe9\r\n/);
        await waitFor('the tunnel to be over', async () => (await told('web-2')).answers === 0);
        expect(await told('canary-1')).to.include({ retried: 1, failed: 0 });
        if (fails !== 'refused') await router.stop();
      }
      canary = await start('canary-1');
    });
    it('not one whose answer had begun', async () => {
      await begin({ stable: [one, two] });
      for (const backend of [one, two]) backend.answer = begins;
      expect(await open()).to.match(/^HTTP\/1\.1 502 /);
      expect(one.messages.length + two.messages.length).to.equal(1);
    });
  });
});
