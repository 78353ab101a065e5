import { expect } from 'chai';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { buildHardening } from '../../../src/config/sections/traffic/limits.ts';
import { PlainConnection, type PlainRules } from '../../../src/router/plain/connection.ts';
import type { PlainReply } from '../../../src/router/plain/reply.ts';
import { openClient, type Client } from '../../support/http/client.ts';
import { waitFor } from '../../support/wait-for.ts';

const GET = 'GET /a HTTP/1.1\r\nHost: x\r\n\r\n';
const FAR_OFF = 1e9;
const limits = { ...buildHardening({}, '/').limits, keepAliveMs: 1000, headerTimeMs: 1000 };
/** More than the kernel takes for a client that does not read. */
const large = Buffer.alloc(40_000_000, 'x');

/** One connection between real sockets; the requests on it wait here for their answers. */
describe('router: a plain connection', function () {
  this.timeout(120_000);
  let server: Server;
  let socket: Socket;
  let connection: PlainConnection;
  let client: Client;
  let replies: PlainReply[];
  let given: number;
  let left: number;

  async function open(): Promise<void> {
    [replies, given, left] = [[], 0, 0];
    const rules: PlainRules = {
      limits,
      take: (_req, res) => void replies.push(res),
      isForNode: () => false,
      give: () => void (given += 1),
      left: () => void (left += 1),
    };
    server = createServer({ allowHalfOpen: true }, (one) => {
      socket = one;
      connection = new PlainConnection(one, rules, 'Connection: keep-alive\r\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    client = await openClient((server.address() as AddressInfo).port);
    await waitFor('the connection', () => (connection as PlainConnection | undefined) !== undefined);
  }
  afterEach(async () => {
    client.socket.destroy();
    socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const asked = async (count = 1): Promise<PlainReply> => {
    client.send(GET);
    await waitFor('the request', () => replies.length === count);
    return replies.at(-1) as PlainReply;
  };
  /** A large answer that has ended, and that the client does not read yet. */
  const unread = async (isLast = false): Promise<PlainReply> => {
    client.socket.pause();
    const reply = await asked();
    reply.shouldKeepAlive = !isLast;
    reply.writeHead(200, 'OK', ['content-length', String(large.length)]).write(large);
    reply.end();
    expect(socket.writableLength).to.be.above(0);
    return reply;
  };
  const whole = async (): Promise<void> => {
    client.socket.resume();
    await waitFor('all of the answer', () => client.text().length > large.length || client.socket.closed);
    expect(client.text().split('\r\n\r\n')[1]?.length).to.equal(large.length);
  };

  it('that is idle is not ended while its last answer is on its way', async () => {
    await open();
    const reply = await unread();
    connection.tick(performance.now() + FAR_OFF);
    await whole();
    await waitFor('the last byte to have left', () => reply.closed);
    connection.tick(performance.now() + FAR_OFF);
    expect(socket.destroyed).to.equal(false);
    connection.tick(performance.now() + 2 * FAR_OFF);
    expect(socket.destroyed).to.equal(true);
  });

  it('is ended with the router when its last answer has left', async () => {
    await open();
    await unread();
    connection.closeIdle();
    await whole();
    await client.ended();
  });

  it('that is new is not ended with the router before its first request had time to come', async () => {
    await open();
    connection.closeIdle();
    const reply = await asked();
    reply.writeHead(200, 'OK', ['content-length', '1']).end('a');
    await client.until('\r\n\r\na');
    connection.closeIdle();
    await client.ended();
  });

  it('drops what comes behind the last answer, which arrives whole', async () => {
    await open();
    await unread(true);
    client.send(GET);
    await waitFor('it to come', () => socket.bytesRead === 2 * GET.length);
    await whole();
    await client.ended();
    expect([replies.length, given]).to.deep.equal([1, 0]);
  });

  it('keeps a bounded number of small pieces', async () => {
    await open();
    client.socket.setNoDelay(true);
    await asked();
    let sent = 0;
    const drops = setInterval(() => client.send(`${(sent += 1)}`), 0);
    try {
      await waitFor('it to be paused', () => socket.isPaused());
    } finally {
      clearInterval(drops);
    }
    expect(sent).to.be.below(10_000);
  });

  it('is given with nothing of ours left on it, and with all that came, in order', async () => {
    await open();
    const reply = await asked();
    client.send('POST /b');
    await waitFor('it', () => socket.bytesRead > GET.length);
    client.send(' HTTP/1.1\r\n');
    await waitFor('it', () => socket.bytesRead > GET.length + 7);
    const before = socket.listenerCount('close');
    reply.writeHead(204, '', []).end();
    expect([given, left]).to.deep.equal([1, 1]);
    expect(socket.listenerCount('close')).to.equal(before - 1);
    expect(['data', 'error', 'drain'].map((name) => socket.listenerCount(name))).to.deep.equal([0, 0, 0]);
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    await waitFor('what came', () => text === 'POST /b HTTP/1.1\r\n');
    connection.tick(performance.now() + FAR_OFF);
  });

  const ends: Record<string, () => unknown> = {
    'resets it': () => client.socket.resetAndDestroy(),
    'closes it': () => client.socket.destroy(),
    'ends its side': () => client.socket.end(),
  };
  for (const [name, end] of Object.entries(ends)) {
    it(`the answer is over, once, when the client ${name}: before it, within it, behind it`, async () => {
      for (const part of ['before', 'within', 'behind'] as const) {
        await open();
        if (part !== 'before') client.socket.pause();
        const reply = await asked();
        let closed = 0;
        reply.once('close', () => (closed += 1));
        if (part !== 'before')
          reply.writeHead(200, 'OK', ['content-length', String(large.length)]).write(large);
        if (part === 'behind') reply.end();
        end();
        if (part === 'behind') client.socket.resume();
        await waitFor('the end', () => socket.closed);
        await waitFor('the answer to be over', () => closed === 1 && reply.closed);
        // What comes too late is nothing.
        reply.write(Buffer.from('late'));
        reply.end();
        expect([closed, left, given]).to.deep.equal([1, 1, 0]);
        client.socket.destroy();
        await new Promise((resolve) => server.close(resolve));
      }
    });
  }

  it('without a request is told 408 once, and ended', async () => {
    await open();
    connection.tick(performance.now() + FAR_OFF);
    connection.tick(performance.now() + FAR_OFF);
    expect(await client.ended()).to.equal('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n');
  });

  it('in the middle of a request has all the time', async () => {
    await open();
    const reply = await asked();
    connection.tick(performance.now() + FAR_OFF);
    connection.closeIdle();
    reply.writeHead(200, 'OK', ['content-length', '1']).end('a');
    await client.until('\r\n\r\na');
  });
});
