import { expect } from 'chai';
import { buildHardening } from '../../../src/config/sections/traffic/limits.ts';
import { openClient, type Client } from '../../support/http/client.ts';
import { raw } from '../../support/http/raw.ts';
import { startRouter, type RunningRouter } from '../../support/router/router.ts';
import { startStrict, type StrictBackend } from '../../support/http/strict-backend.ts';
import { startUpstream } from '../../support/http/upstream.ts';
import { waitFor } from '../../support/wait-for.ts';

const { limits } = buildHardening({}, '/');
const tight = {
  ...limits,
  headerBytes: 4096,
  headers: 20,
  urlBytes: 512,
  bodyBytes: 100_000,
  // Those who keep within them do so by far, also on a busy machine.
  headerTimeMs: 1500,
  idleMs: 1500,
  slowestBytes: 1000,
  answerMs: 60_000,
  quietMs: 1500,
  connections: 5,
};
const head = (method: string, path: string, more = ''): string =>
  `${method} ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
const chunked = 'Transfer-Encoding: chunked\r\n';
const chunk = (size: number): string => `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`;

describe('router: limits', function () {
  this.timeout(120_000);
  let backend: StrictBackend;
  let router: RunningRouter;
  const clients: Client[] = [];
  const open = async (): Promise<Client> => {
    const client = await openClient(router.proxy.port);
    clients.push(client);
    return client;
  };
  const member = async () => (await router.admin('GET', '/state')).body.arms.stable[0];

  before(async () => {
    backend = await startStrict('web-1');
    router = await startRouter({ stable: [backend], traffic: { limits: tight } });
  });
  after(async () => {
    await router.stop();
    await backend.stop();
  });
  afterEach('nothing is left, and the instance is blamed for nothing', async () => {
    for (const client of clients.splice(0)) client.socket.destroy();
    backend.answer = null;
    await waitFor('no request in flight', async () => (await member()).inFlight === 0);
    expect((await member()).circuit).to.equal('closed');
    await waitFor('connections to be free', async () => {
      const back = await raw(router.proxy.port, head('GET', '/free', 'Connection: close\r\n'));
      return back.includes('GET /free');
    });
    expect(backend.violations).to.deep.equal([]);
  });

  const status = async (text: string): Promise<number> =>
    Number(/ (\d+) /.exec(await raw(router.proxy.port, text))?.[1]);

  it('a head that is too long: 431', async () => {
    expect(await status(head('GET', '/a', `X: ${'a'.repeat(4096)}\r\n`))).to.equal(431);
  });
  it('too many headers: 431, and none is dropped unseen', async () => {
    const many = (count: number): string =>
      Array.from({ length: count }, (_, at) => `X${at}: 1\r\n`).join('') + 'Connection: close\r\n';
    expect(await status(head('GET', '/a', many(18)))).to.equal(200);
    expect(await status(head('GET', '/a', many(19)))).to.equal(431);
  });
  it('a target that is too long: 414', async () => {
    expect(await status(head('GET', `/${'a'.repeat(600)}`, 'Connection: close\r\n'))).to.equal(414);
  });

  it('a body that says it is too long: 413, without being asked for', async () => {
    const before = backend.messages.length;
    const more = 'Content-Length: 100001\r\nExpect: 100-continue\r\n';
    const back = await raw(router.proxy.port, head('POST', '/a', more));
    expect(back).to.match(/^HTTP\/1\.1 413 /);
    expect(back).to.not.contain('100 Continue');
    expect(backend.messages.length).to.equal(before);
    const fine = head('POST', '/a', 'Content-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n');
    expect(await raw(router.proxy.port, `${fine}hello`)).to.match(/100 Continue[^]*POST \/a hello/);
  });
  it('a chunked body that becomes too long: 413, and the instance sees no whole request', async () => {
    const [before, broken] = [backend.messages.length, backend.broken];
    const client = await open();
    client.send(head('POST', '/a', chunked) + chunk(60_000) + chunk(60_000));
    expect(await client.ended()).to.match(/^HTTP\/1\.1 413 /);
    await waitFor('the instance to be rid of it', () => backend.broken > broken);
    expect(backend.messages.length).to.equal(before);
  });
  it('a body of exactly that length passes', async () => {
    const back = await raw(
      router.proxy.port,
      head('POST', '/a', `${chunked}Connection: close\r\n`) + chunk(50_000) + chunk(50_000) + '0\r\n\r\n',
    );
    expect(back).to.match(/^HTTP\/1\.1 200 /);
    expect(backend.messages.at(-1)?.body.length).to.equal(100_000);
  });

  it('a head that comes in drops: 408', async () => {
    const client = await open();
    client.send('GET /a HTTP/1.1\r\nHost: x\r\nX-A: ');
    expect(await client.ended()).to.match(/^HTTP\/1\.1 408 /);
  });
  it('a body that comes in drops: 408, and the instance is free', async () => {
    const broken = backend.broken;
    const client = await open();
    client.send(`${head('POST', '/a', 'Content-Length: 90000\r\n')}begin`);
    const drops = setInterval(() => client.send('x'), 50);
    try {
      expect(await client.ended()).to.match(/^HTTP\/1\.1 408 /);
    } finally {
      clearInterval(drops);
    }
    await waitFor('the instance to be rid of it', () => backend.broken > broken);
  });
  it('a body that is slow, but not that slow, passes', async () => {
    const client = await open();
    client.send(head('POST', '/a', 'Content-Length: 12000\r\nConnection: close\r\n'));
    // Five times the slowest pace, and longer than it may be too slow.
    for (let sent = 0; sent < 12_000; sent += 300) {
      client.send('x'.repeat(300));
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    expect(await client.ended()).to.match(/^HTTP\/1\.1 200 /);
  });
  it('who does not read the answer is cut, and the instance is free', async () => {
    const size = 60_000_000;
    backend.answer = (_, socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n`);
      socket.write(Buffer.alloc(size));
    };
    const client = await open();
    client.socket.pause();
    client.send(head('GET', '/large'));
    await waitFor('it to be in flight', async () => (await member()).inFlight === 1);
    await waitFor('it to be cut', async () => (await member()).inFlight === 0);
    client.socket.resume();
    expect((await client.ended()).length).to.be.lessThan(size);
  });
  it('an instance that pauses too long within an answer is left, and the client sees that it broke off', async () => {
    backend.answer = (_, socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello');
    const client = await open();
    client.send(head('GET', '/pause'));
    expect(await client.ended()).to.match(/hello$/);
  });

  it('one connection too many: 503 and Retry-After', async () => {
    const held = await Promise.all(Array.from({ length: 5 }, () => open()));
    for (const client of held) client.send(head('GET', '/held'));
    await Promise.all(held.map((client) => client.until('GET /held')));
    const back = await raw(router.proxy.port, head('GET', '/over'));
    expect(back).to.match(/^HTTP\/1\.1 503 /);
    expect(back.toLowerCase()).to.contain('retry-after: 1').and.contain('connection: close');
    held[0]?.socket.destroy();
    await waitFor('a place', async () =>
      (await raw(router.proxy.port, head('GET', '/in', 'Connection: close\r\n'))).includes('GET /in'),
    );
  });
});

describe('router: an instance that does not answer in time', function () {
  this.timeout(120_000);
  it('is 504, once, and another instance is not asked', async () => {
    const [one, two] = await Promise.all([startStrict('web-1'), startStrict('web-2')]);
    for (const backend of [one, two]) backend.answer = () => undefined;
    const router = await startRouter({
      stable: [one, two],
      traffic: { limits: { ...limits, answerMs: 1000 } },
    });
    try {
      expect((await fetch(`${router.url}/a`)).status).to.equal(504);
      expect(one.messages.length + two.messages.length).to.equal(1);
    } finally {
      await router.stop();
      await Promise.all([one.stop(), two.stop()]);
    }
  });
});

describe('router: an instance that answers before it has read the body', function () {
  this.timeout(120_000);
  it('is free at once; a client that goes on sending for ever is cut', async () => {
    const upstream = await startUpstream('web-1');
    const router = await startRouter({ stable: [upstream], traffic: { limits: tight } });
    const client = await openClient(router.proxy.port);
    const drops = setInterval(() => client.send('x'), 20);
    try {
      client.send(head('POST', '/early', 'Content-Length: 90000\r\n'));
      expect(await client.until('too long')).to.match(/^HTTP\/1\.1 413 /);
      await waitFor('the instance to be free', () => upstream.active === 0);
      await client.ended();
    } finally {
      clearInterval(drops);
      client.socket.destroy();
      await router.stop();
      await upstream.kill();
    }
  });
});
