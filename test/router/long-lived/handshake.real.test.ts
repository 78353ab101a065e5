import { expect } from 'chai';
import { buildHardening } from '../../../src/config/sections/traffic/limits.ts';
import { openClient, type Client } from '../../support/http/client.ts';
import { allHealthy, startRouter, type RunningRouter } from '../../support/router/router.ts';
import { startStrict, type StrictBackend } from '../../support/http/strict-backend.ts';
import { waitFor } from '../../support/wait-for.ts';

const { limits } = buildHardening({}, '/');
const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n';

describe('router: the handshake of an upgrade', function () {
  this.timeout(120_000);
  let backend: StrictBackend;
  let router: RunningRouter;
  const clients: Client[] = [];
  beforeEach(async () => {
    backend = await startStrict('web-1');
    router = await startRouter({
      stable: [backend],
      traffic: { limits: { ...limits, answerMs: 1000, quietMs: 1000, idleMs: 1000 } },
    });
    await allHealthy(router);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.socket.destroy();
    await waitFor('no tunnel in flight', async () => (await member()).inFlight === 0);
    await router.stop();
    await backend.stop();
  });
  const member = async () => (await router.admin('GET', '/state')).body.arms.stable[0];
  const open = async (more = '', version = '1.1'): Promise<Client> => {
    const client = await openClient(router.proxy.port);
    clients.push(client);
    client.send(
      `GET /ws HTTP/${version}\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${more}\r\n`,
    );
    return client;
  };
  /** The instance answers with these bytes, and then echoes, or ends. */
  const answers = (bytes: string, then: 'echo' | 'end' | 'keep' = 'keep'): void => {
    backend.answer = (_, socket) => {
      if (then === 'echo') socket.removeAllListeners('data').on('data', (chunk) => socket.write(chunk));
      socket.write(bytes, 'latin1', () => then === 'end' && socket.end());
    };
  };

  it('what stands in its heads is passed byte by byte, both ways', async () => {
    answers(`${SWITCH}X-A: caf\xe9 \x80\xff\r\n\r\n\x82\x01\xff`, 'echo');
    const client = await open('X-B: caf\xe9 \x80\xff\r\n');
    const text = await client.until('\x82\x01\xff');
    expect(text)
      .to.contain('\r\nX-A: caf\xe9 \x80\xff\r\n')
      .and.match(/\r\nupgrade: websocket\r\n\r\n/);
    expect(backend.messages[0]?.headers).to.deep.include(['x-b', 'caf\xe9 \x80\xff']);
    client.send('\x82\x01\xfe');
    await client.until('\x82\x01\xfe');
  });

  it('answers before the answer pass, and are no agreement', async () => {
    answers(
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${SWITCH}\r\n`,
      'echo',
    );
    const text = await (await open()).until('101 Switching Protocols');
    expect(text).to.match(/^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a>\r\n\r\nHTTP\/1\.1 101 /);
  });

  const slow: Record<string, string> = {
    'not with a byte': '',
    'with a part of a head': 'HTTP/1.1 101 Switching',
    'with answers before it alone': 'HTTP/1.1 103 Early Hints\r\n\r\n',
  };
  for (const [name, bytes] of Object.entries(slow))
    it(`that the instance answers ${name} is given up in time: 504`, async () => {
      answers(bytes);
      const text = await (await open()).ended();
      expect(text).to.match(/HTTP\/1\.1 504 Gateway Timeout\r\n[^]*Connection: close\r\n/);
      expect(await member()).to.include({ inFlight: 0, failed: 1 });
    });

  it('a refusal passes with its body, framed anew; one that pauses is cut in time', async () => {
    answers('HTTP/1.1 403 Forbidden\r\nX-A: caf\xe9\r\nContent-Length: 3\r\n\r\nno\n');
    expect(await (await open()).ended()).to.match(
      /^HTTP\/1\.1 403 Forbidden\r\nX-A: caf\xe9\r\nContent-Length: 3\r\n[^]*Connection: close\r\n\r\nno\n$/,
    );
    answers('HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nno\n\r\n0\r\n\r\n');
    expect(await (await open()).ended()).to.match(
      /Transfer-Encoding: chunked\r\n\r\n3\r\nno\n\r\n0\r\n\r\n$/,
    );
    answers('HTTP/1.1 403 Forbidden\r\n\r\nno\n', 'end');
    expect(await (await open()).ended()).to.match(/3\r\nno\n\r\n0\r\n\r\n$/);
    answers('HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\nno\n');
    expect(await (await open()).ended()).to.match(/\r\n\r\nno\n$/);
  });

  it('a client that has gone away meanwhile leaves the instance', async () => {
    answers('');
    const client = await open();
    await waitFor('it to arrive', () => backend.messages.length === 1);
    client.socket.resetAndDestroy();
    await waitFor('the instance to be free', async () => (await member()).inFlight === 0);
  });

  it('who does not read a refusal is cut', async () => {
    backend.answer = (_, socket) => {
      socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 60000000\r\n\r\n');
      socket.write(Buffer.alloc(60_000_000));
    };
    const client = await open();
    client.socket.pause();
    await waitFor('it to be in flight', async () => (await member()).inFlight === 1);
    await waitFor('it to be cut', async () => (await member()).inFlight === 0);
  });

  it('is none over HTTP/1.0: the request is answered as any other', async () => {
    const text = await (await open('', '1.0')).ended();
    expect(text).to.match(/^HTTP\/1\.1 200 OK\r\n[^]*GET \/ws $/);
  });
});
