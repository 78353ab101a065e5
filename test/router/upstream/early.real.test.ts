import { expect } from 'chai';
import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { openClient, type Client } from '../../support/http/client.ts';
import { allHealthy, startRouter, type RunningRouter } from '../../support/router/router.ts';
import { startUpstream, type Upstream } from '../../support/http/upstream.ts';
import { waitFor } from '../../support/wait-for.ts';

const SIZE = 5_000_000;
const large = Buffer.alloc(SIZE, 'x');
const byLength = `Content-Length: ${SIZE}\r\n`;
const chunked = 'Transfer-Encoding: chunked\r\n';
const whole = 'HTTP/1.1 413 Payload Too Large\r\nConnection: close\r\nContent-Length: 7\r\n\r\ntoo big';
const untilEnd = 'HTTP/1.1 413 Payload Too Large\r\nConnection: close\r\n\r\ntoo big';
/** What the kernel has delivered before the reset. */
const page = `${'x'.repeat(30_000)} too big`;
const longPage = `HTTP/1.1 413 Payload Too Large\r\nContent-Length: ${page.length}\r\n\r\n${page}`;

/** How an instance answers a request of which it has read the head at most. */
const ways: Record<string, (socket: Socket) => void> = {
  // What lies unread makes the kernel send a reset.
  'and closes': (socket) => socket.write(whole, () => socket.destroy()),
  'and resets': (socket) => socket.write(whole, () => socket.resetAndDestroy()),
  'ends, and then closes': (socket) => socket.end(whole, () => socket.destroy()),
  'without a length, ends, and then closes': (socket) => socket.end(untilEnd, () => socket.destroy()),
  'at length, and resets': (socket) => socket.write(longPage, () => socket.resetAndDestroy()),
};

describe('router: an answer that comes before the request is whole', function () {
  this.timeout(120_000);
  let answer: (socket: Socket) => void;
  let instance: Server;
  let stable: Upstream;
  let router: RunningRouter;
  before(async () => {
    instance = createServer((socket) => {
      socket
        .on('error', () => socket.destroy())
        .once('data', (chunk: Buffer) => {
          if (chunk.toString().startsWith('GET /health '))
            socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok');
          else {
            socket.pause();
            answer(socket);
          }
        });
    }).listen(0, '127.0.0.1');
    await once(instance, 'listening');
    stable = await startUpstream('web-1');
    const canary = { name: 'canary-1', url: `http://127.0.0.1:${(instance.address() as AddressInfo).port}` };
    router = await startRouter({ stable: [stable], canary: [canary] });
    await allHealthy(router);
  });
  after(async () => {
    await router.stop();
    instance.close();
    await stable.kill();
  });
  const state = async () => (await router.admin('GET', '/state')).body;
  afterEach('the canary is blamed for nothing', async () => {
    await waitFor('no request in flight', async () => (await state()).arms.canary[0].inFlight === 0);
    const { arms, reverted } = await state();
    expect(reverted).to.equal(null);
    expect(arms.canary[0]).to.include({ failed: 0, circuit: 'closed', health: 'healthy' });
  });

  const begin = async (head: string): Promise<Client> => {
    const client = await openClient(router.proxy.port);
    client.send(`POST /early413 HTTP/1.1\r\nHost: x\r\nX-Canary: always\r\n${head}\r\n`);
    return client;
  };
  const bodies: Record<string, (client: Client) => void> = {
    [byLength]: (client) => client.send(large),
    [chunked]: (client) => {
      for (let at = 0; at < SIZE; at += 100_000) {
        client.send('186a0\r\n');
        client.send(large.subarray(at, at + 100_000));
        client.send('\r\n');
      }
      client.send('0\r\n\r\n');
    },
  };
  for (const [name, way] of Object.entries(ways))
    for (const [kind, send] of Object.entries(bodies))
      it(`${name}: it passes, and the connection serves another request (${kind.trim()}, 20 of them)`, async () => {
        answer = way;
        for (let round = 0; round < 20; round += 1) {
          const client = await begin(kind);
          send(client);
          expect(await client.until('too big')).to.match(/^HTTP\/1\.1 413 Payload Too Large\r\n/);
          client.send('GET /behind HTTP/1.1\r\nHost: x\r\nX-Canary: never\r\nConnection: close\r\n\r\n');
          expect((await client.ended()).slice(-400)).to.contain('GET /behind');
        }
      });

  it('that only the end of its connection would end, and that is reset: the client sees that it broke off', async () => {
    answer = (socket) => socket.write(untilEnd, () => socket.resetAndDestroy());
    // Once: an answer that breaks off is an error of the canary's, and several of them take it out of the traffic.
    const client = await begin(byLength);
    client.send(large);
    expect(await client.ended()).to.not.match(/\r\n0\r\n\r\n$/);
  });

  it('is passed on while the body goes on to an instance that reads it', async () => {
    const heard: number[] = [];
    const reader = createHttp((req, res) => {
      if (req.url === '/health') return void res.end('ok');
      res.writeHead(200, { 'content-type': 'text/plain' });
      res.write('begin ');
      let length = 0;
      req.on('data', (chunk: Buffer) => (length += chunk.length));
      req.on('end', () => {
        heard.push(length);
        res.end(`end ${length}`);
      });
    }).listen(0, '127.0.0.1');
    await once(reader, 'listening');
    const url = `http://127.0.0.1:${(reader.address() as AddressInfo).port}`;
    const own = await startRouter({ stable: [{ name: 'web-9', url }] });
    try {
      const client = await openClient(own.proxy.port);
      client.send(`PUT /both HTTP/1.1\r\nHost: x\r\n${byLength}Connection: close\r\n\r\n`);
      await client.until('begin ');
      client.send(large);
      expect(await client.ended()).to.contain(`end ${SIZE}`);
      expect(heard).to.deep.equal([SIZE]);
    } finally {
      await own.stop();
      reader.close();
    }
  });
});
