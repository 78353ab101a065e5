import { expect } from 'chai';
import type { Socket } from 'node:net';
import { buildHardening } from '../../../src/config/sections/traffic/limits.ts';
import { onAccepted } from '../../support/http/accepted.ts';
import { openClient, type Client } from '../../support/http/client.ts';
import { startRouter, type RunningRouter } from '../../support/router/router.ts';
import { ok, said, startStrict, type StrictBackend } from '../../support/http/strict-backend.ts';
import { headOf, readByNode, ways, type Way } from '../../support/http/two-ways.ts';
import { startUpstream } from '../../support/http/upstream.ts';
import { waitFor } from '../../support/wait-for.ts';

const { limits } = buildHardening({}, '/');
const get = (path: string, more = ''): string => headOf('plain', 'GET', path, more);
const post = (path: string, body: string): string =>
  headOf('plain', 'POST', path, `Content-Length: ${body.length}\r\n`) + body;

describe('router: a connection that is plain at first', function () {
  this.timeout(120_000);
  let backend: StrictBackend;
  let router: RunningRouter;
  let read: ReturnType<typeof readByNode>;
  /** What the router accepted. */
  const accepted: Socket[] = [];
  let deaf: () => void;
  /** Requests whose answers wait, by their targets. */
  const held = new Map<string, () => void>();
  const clients: Client[] = [];
  const open = async (): Promise<Client> => {
    const client = await openClient(router.proxy.port);
    clients.push(client);
    return client;
  };
  const member = async () => (await router.admin('GET', '/state')).body.arms.stable[0];
  const counted = async () => {
    const { text } = await router.admin('GET', '/metrics');
    const of = (what: string): number =>
      Number(new RegExp(`${what}_total\\{[^}]*\\} (\\d+)`).exec(text)?.[1]);
    return { aborted: of('aborted'), retried: of('retries') };
  };
  const targets = (): string[] => backend.messages.map(({ target }) => target);

  before(async () => {
    backend = await startStrict('web-1');
    router = await startRouter({ stable: [backend], traffic: { limits } });
    read = readByNode(router.proxy.port);
    deaf = onAccepted(router.proxy.port, (socket) => accepted.push(socket));
    backend.answer = (message, socket) => {
      const answer = (): void => void socket.write(ok(said(message)), 'latin1');
      if (message.target.startsWith('/held')) held.set(message.target, answer);
      else answer();
    };
  });
  beforeEach(() => {
    backend.messages.splice(0);
    read.targets.splice(0);
    accepted.splice(0);
    held.clear();
  });
  afterEach('nothing is left', async () => {
    for (const client of clients.splice(0)) client.socket.destroy();
    await waitFor('no request in flight', async () => (await member()).inFlight === 0);
    await waitFor('every connection to be closed', () => accepted.every(({ closed }) => closed));
    expect(backend.violations).to.deep.equal([]);
  });
  after(async () => {
    deaf();
    read.stop();
    await router.stop();
    await backend.stop();
  });
  const toBeSeen = (target: string): Promise<unknown> =>
    waitFor(`${target} at the instance`, () => targets().includes(target));

  it('goes on: a plain request, one with a body, a plain one', async () => {
    const client = await open();
    client.send(get('/one'));
    await client.until('GET /one');
    client.send(post('/two', 'hello'));
    await client.until('POST /two hello');
    client.send(get('/three'));
    await client.until('GET /three');
    expect(read.targets).to.deep.equal(['/two', '/three']);
    expect(targets()).to.deep.equal(['/one', '/two', '/three']);
  });

  const ahead: Record<string, readonly [text: string, targets: string[], byNode: string[]]> = {
    'two plain ones': [get('/1') + get('/2'), ['/1', '/2'], ['/1', '/2']],
    'a body first': [post('/1', 'ab') + get('/2'), ['/1', '/2'], ['/1', '/2']],
    'a body last': [get('/1') + post('/2', 'ab'), ['/1', '/2'], ['/1', '/2']],
    'a hundred': [
      Array.from({ length: 100 }, (_, at) => get(`/${at}`)).join(''),
      Array.from({ length: 100 }, (_, at) => `/${at}`),
      Array.from({ length: 100 }, (_, at) => `/${at}`),
    ],
  };
  for (const [name, [text, inOrder, byNode]] of Object.entries(ahead)) {
    it(`in one packet: ${name}, answered in order, and passed on one by one`, async () => {
      const client = await open();
      client.send(text);
      await client.until(`${inOrder.at(-1)} `);
      const answers = [...client.text().matchAll(/(?:GET|POST) (\/\d+)/g)].map(([, target]) => target);
      expect(answers).to.deep.equal(inOrder);
      expect(targets()).to.deep.equal(inOrder);
      expect(read.targets).to.deep.equal(byNode);
    });
  }

  for (const way of ways) {
    it(`${way}: what is sent ahead waits for the answer before it, and none is lost`, async () => {
      const client = await open();
      client.send(headOf(way, 'GET', '/held'));
      await toBeSeen('/held');
      client.send(post('/next', 'body') + get('/after').slice(0, 20));
      client.send(get('/after').slice(20));
      const bytes = headOf(way, 'GET', '/held').length + (post('/next', 'body') + get('/after')).length;
      await waitFor('it to come', () => accepted[0]?.bytesRead === bytes);
      expect(targets()).to.deep.equal(['/held']);
      held.get('/held')?.();
      await client.until('GET /after');
      expect(client.text()).to.match(/GET \/held [^]*POST \/next body[^]*GET \/after/);
      expect(read.targets.includes('/held')).to.equal(way === 'node');
    });

    it(`${way}: more sent ahead than is kept waits in the kernel, and comes in order`, async () => {
      const client = await open();
      client.send(headOf(way, 'GET', '/held'));
      await toBeSeen('/held');
      const body = 'x'.repeat(3_000_000);
      client.send(post('/large', body) + get('/after'));
      await waitFor('much of it to come', () => (accepted[0]?.bytesRead ?? 0) > 64 * 1024);
      held.get('/held')?.();
      await client.until('GET /after');
      expect(targets()).to.deep.equal(['/held', '/large', '/after']);
      expect(backend.messages[1]?.body.length).to.equal(body.length);
    });

    const leaving: Record<string, (client: Client) => unknown> = {
      'goes away': (client) => client.socket.destroy(),
      resets: (client) => client.socket.resetAndDestroy(),
      'ends its side': (client) => client.socket.end(),
    };
    for (const [name, leave] of Object.entries(leaving)) {
      it(`${way}: a client that ${name} while it waits is counted as such, and frees the instance`, async () => {
        const before = await counted();
        const client = await open();
        client.send(headOf(way, 'GET', '/held'));
        await toBeSeen('/held');
        leave(client);
        await waitFor('it to be over', async () => (await member()).inFlight === 0);
        const after = await counted();
        expect([after.aborted - before.aborted, after.retried - before.retried]).to.deep.equal([1, 0]);
        expect(client.text()).to.equal('');
      });

      it(`${way}: a client that ${name} between two requests is let go`, async () => {
        const client = await open();
        client.send(headOf(way, 'GET', '/one'));
        await client.until('GET /one');
        leave(client);
        await client.ended();
      });
    }
  }

  it('a client that ends its side before it has sent anything is let go', async () => {
    const client = await open();
    client.socket.end();
    expect(await client.ended()).to.equal('');
  });

  const second: Record<string, readonly [way: Way, isAhead: boolean]> = {
    'behind the answer of a plain one': ['plain', false],
    'sent ahead behind a plain one': ['plain', true],
    'behind the answer of another': ['node', false],
  };
  for (const [name, [way, isAhead]] of Object.entries(second)) {
    it(`an upgrade to HTTP/2, ${name}, is ignored`, async () => {
      const h2c =
        'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n';
      const client = await open();
      client.send(headOf(way, 'GET', '/held'));
      await toBeSeen('/held');
      if (isAhead) client.send(get('/up', h2c));
      held.get('/held')?.();
      await client.until('GET /held');
      if (!isAhead) client.send(get('/up', h2c));
      await client.until('GET /up');
      client.send(get('/after'));
      await client.until('GET /after');
    });
  }
  for (const isAhead of [false, true]) {
    it(`a WebSocket opens behind a plain request${isAhead ? ', also sent ahead' : ''}`, async () => {
      const upstream = await startUpstream('web-1');
      const other = await startRouter({ stable: [upstream] });
      const client = await openClient(other.proxy.port);
      try {
        client.send(get('/slow?ms=50'));
        if (isAhead) await waitFor('it at the instance', () => upstream.active === 1);
        else await client.until('slow\n');
        client.send(get('/ws', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'));
        await client.until('101 Switching Protocols');
        expect(client.text()).to.match(/slow\n[^]*101 Switching Protocols/);
        client.send('echo me');
        await client.until('echo me');
      } finally {
        client.socket.destroy();
        await other.stop();
        await upstream.kill();
      }
    });
  }
});
