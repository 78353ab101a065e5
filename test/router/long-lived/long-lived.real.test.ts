import { expect } from 'chai';
import type { Socket } from 'node:net';
import { realClock } from '../../../src/drivers/clock.ts';
import { StoreBalancer } from '../../../src/traffic/index.ts';
import { fakeStore } from '../../fakes/store.ts';
import { openClient, type Client } from '../../support/http/client.ts';
import { keptLog, startRouter, type RunningRouter } from '../../support/router/router.ts';
import { startStrict, type StrictBackend } from '../../support/http/strict-backend.ts';
import type { StrictMessage } from '../../support/http/strict-http.ts';
import { waitFor } from '../../support/wait-for.ts';

const CLOSE_1001 = '\x88\x02\x03\xe9';

/** Seconds of an instance that streams: /events (chunked), /long (with a length), /ws; all else is answered. */
class Streams {
  readonly events: Socket[] = [];
  readonly tunnels: Socket[] = [];
  /** What came through the tunnels. */
  heard = '';

  readonly answer = ({ target }: StrictMessage, socket: Socket): void => {
    if (target === '/events') {
      this.events.push(socket);
      socket.write(
        'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n',
      );
      this.event(socket, 'data: one\n\n');
    } else if (target === '/ws') {
      this.tunnels.push(socket);
      socket.removeAllListeners('data').on('data', (chunk) => (this.heard += chunk.toString('latin1')));
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n');
    } else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok\n');
  };

  event(socket: Socket | undefined, text: string): void {
    socket?.write(`${text.length.toString(16)}\r\n${text}\r\n`);
  }
}

describe('router: long-lived connections', function () {
  this.timeout(120_000);
  let backend: StrictBackend;
  let other: StrictBackend;
  let streams: Streams;
  let router: RunningRouter;
  const store = fakeStore(realClock);
  const clients: Client[] = [];
  const open = async (path: string, more = ''): Promise<Client> => {
    const client = await openClient(router.proxy.port);
    clients.push(client);
    client.send(`GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`);
    return client;
  };
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: abc\r\n';
  const balancer = (longLivedMs?: number) =>
    new StoreBalancer({
      app: 'shop',
      store,
      clock: realClock,
      log: keptLog(),
      ...(longLivedMs === undefined ? {} : { longLivedMs }),
    });
  const member = async (at = 0) => (await router.admin('GET', '/state')).body.arms.stable[at];
  const begin = async (drainMs: number): Promise<void> => {
    streams = new Streams();
    backend = await startStrict('web-1');
    other = await startStrict('web-2');
    backend.answer = streams.answer;
    other.answer = streams.answer;
    router = await startRouter({
      stable: [backend],
      store,
      graceMs: 5000,
      traffic: { longLived: { drainMs } },
    });
  };
  afterEach(async () => {
    for (const client of clients.splice(0)) client.socket.destroy();
    await router.stop();
    await balancer()
      .ready('web-1', 1)
      .catch(() => undefined);
    await Promise.all([backend.stop(), other.stop()]);
  });

  it('count apart from requests', async () => {
    await begin(60_000);
    await (await open('/events')).until('data: one');
    await (await open('/ws', upgrade)).until('101 Switching');
    expect(await member()).to.include({ inFlight: 2, longLived: 2 });
    const { text } = await router.admin('GET', '/metrics', undefined, null);
    expect(text).to.match(/long_lived\{[^}]*\} 2\n/);
    for (const client of clients) client.socket.destroy();
    await waitFor('none', async () => (await member()).longLived === 0);
    expect((await member()).inFlight).to.equal(0);
  });

  it('go on for their window after the drain, then an event stream ends with a whole event', async () => {
    await begin(2000);
    const client = await open('/events');
    await client.until('data: one');
    const drained = balancer(2000).drain('web-1', 100);
    await waitFor('the drain', async () => (await member()).drained === true);
    const since = performance.now();
    streams.event(streams.events[0], 'data: two\n\n');
    await client.until('data: two');
    streams.event(streams.events[0], 'data: th');
    // The router looks four times a second, and then waits two seconds for the end of the event.
    await waitFor('the window to be over', () => performance.now() - since > 3000);
    streams.event(streams.events[0], 'ree\n\ndata: four\n\n');
    const text = await client.until('0\r\n\r\n');
    expect(text).to.contain('ree\n\n').and.not.contain('four');
    expect(await drained).to.deep.equal({ cut: 0 });
    // The connection is as good as before; nobody else is there to answer.
    client.send('GET /next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(await client.ended()).to.match(/503 Service Unavailable[^]*no instance is healthy/);
    await waitFor('the instance to be free', () => streams.events.every((one) => one.destroyed));
  });

  it('an event that never ends is cut short in the end', async () => {
    await begin(100);
    const client = await open('/events');
    await client.until('data: one');
    streams.event(streams.events[0], 'data: tw');
    await client.until('data: tw');
    expect(await balancer(100).drain('web-1', 100)).to.deep.equal({ cut: 0 });
    expect(await client.until('0\r\n\r\n')).to.match(/0\r\n\r\n$/);
  });

  it('a WebSocket is told 1001 on both sides, between two frames', async () => {
    await begin(300);
    const client = await open('/ws', upgrade);
    await client.until('\r\n\r\n');
    client.send('\x81\x85\x00\x00\x00\x00hello');
    await waitFor('the frame', () => streams.heard.endsWith('hello'));
    // A frame of ten bytes, of which six come before the close and four after it.
    streams.tunnels[0]?.write('\x82\x0aabcdef', 'latin1');
    await client.until('abcdef');
    const drained = balancer(300).drain('web-1', 50);
    await waitFor('the instance to be told', () => streams.heard.length > 11);
    expect(client.text()).to.match(/abcdef$/);
    streams.tunnels[0]?.write(Buffer.from('ghij\x82\x03new', 'latin1'));
    const text = await client.ended();
    expect(text.endsWith(`\x82\x0aabcdefghij${CLOSE_1001}`), JSON.stringify(text)).to.equal(true);
    const close = Buffer.from(streams.heard.slice(11), 'latin1');
    expect([...close.subarray(0, 2), close.length]).to.deep.equal([0x88, 0x82, 8]);
    const reason = close.subarray(6).map((byte, at) => byte ^ (close[2 + at] ?? 0));
    expect([...reason]).to.deep.equal([0x03, 0xe9]);
    expect(await drained).to.deep.equal({ cut: 0 });
    expect((await member()).inFlight).to.equal(0);
  });

  it('a tunnel that speaks no frames, or does not end, is cut', async () => {
    await begin(100);
    const client = await open('/ws', upgrade);
    await client.until('\r\n\r\n');
    client.send('no frames at all, and long enough to promise more of them');
    await waitFor('it to arrive', () => streams.heard.endsWith('of them'));
    expect(await balancer(100).drain('web-1', 50)).to.deep.equal({ cut: 0 });
    await client.ended();
  });

  it('a drain does not wait for a window that nobody asked it to wait for, and says what it cuts', async () => {
    await begin(60_000);
    await (await open('/events')).until('data: one');
    expect(await balancer().drain('web-1', 200)).to.deep.equal({ cut: 1 });
  });

  it('those of an instance that is put back in time are left alone', async () => {
    await begin(2000);
    const client = await open('/events');
    await client.until('data: one');
    const since = performance.now();
    await balancer().drain('web-1', 50);
    await balancer().ready('web-1', 20_000);
    await waitFor('what would have been the end', () => performance.now() - since > 3000);
    streams.event(streams.events[0], 'data: two\n\n');
    await client.until('data: two');
  });

  it('end politely when the router stops', async () => {
    await begin(200);
    const events = await open('/events');
    const tunnel = await open('/ws', upgrade);
    await events.until('data: one');
    await tunnel.until('\r\n\r\n');
    await router.stop();
    expect(await events.ended()).to.match(/data: one\n\n\r\n0\r\n\r\n$/);
    expect((await tunnel.ended()).endsWith(CLOSE_1001)).to.equal(true);
  });
});
