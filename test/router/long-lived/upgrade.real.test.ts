import { expect } from 'chai';
import { connect, type Socket } from 'node:net';
import { startRouter, type RunningRouter } from '../../support/router/router.ts';
import { hashOf, material, startUpstream, type Upstream } from '../../support/http/upstream.ts';
import { waitFor } from '../../support/wait-for.ts';

describe('router: upgrades', function () {
  this.timeout(120_000);
  let one: Upstream;
  let two: Upstream;
  let router: RunningRouter;
  before(async () => {
    [one, two] = await Promise.all([startUpstream('web-1'), startUpstream('web-2')]);
    router = await startRouter({
      stable: [one, two],
      graceMs: 300,
      traffic: { health: { path: '/health', everyMs: 60_000, timeoutMs: 1000, rise: 2, fall: 3 } },
    });
  });
  after(async () => {
    await router.stop();
    await Promise.all([one.kill(), two.kill()]);
  });

  const flying = async (): Promise<number> => {
    const { body } = await router.admin('GET', '/state');
    return (body.arms.stable as { inFlight: number }[]).reduce((sum, member) => sum + member.inFlight, 0);
  };

  /** Opens a tunnel; resolves with the socket and the head of the answer. */
  function open(path = '/ws', first = ''): Promise<{ socket: Socket; head: string }> {
    return new Promise((resolve, reject) => {
      const socket = connect(router.proxy.port, '127.0.0.1', () =>
        socket.write(
          `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: abc\r\n\r\n${first}`,
        ),
      );
      let back = Buffer.alloc(0);
      const listen = (chunk: Buffer): void => {
        back = Buffer.concat([back, chunk]);
        const end = back.indexOf('\r\n\r\n');
        if (end < 0) return;
        socket.off('data', listen);
        socket.pause();
        if (back.length > end + 4) socket.unshift(back.subarray(end + 4));
        resolve({ socket, head: back.subarray(0, end).toString('latin1') });
      };
      socket.on('data', listen);
      socket.once('error', reject);
    });
  }

  it('bytes pass both ways, whole, and count as in flight until the end', async () => {
    const { socket, head } = await open('/ws', 'early');
    expect(head)
      .to.match(/^HTTP\/1\.1 101 /)
      .and.match(/upgrade: websocket/i);
    expect(await flying()).to.equal(1);
    const sent = material.subarray(0, 3_000_000);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk)).resume();
    socket.write(sent);
    await waitFor(
      'everything to come back',
      () => chunks.reduce((sum, chunk) => sum + chunk.length, 0) === sent.length + 5,
    );
    const back = Buffer.concat(chunks);
    expect(back.subarray(0, 5).toString()).to.equal('early');
    expect(hashOf(back.subarray(5))).to.equal(hashOf(sent));
    socket.end();
    await waitFor('no tunnel in flight', async () => (await flying()) === 0);
  });

  it('a client that ended its side during the handshake holds nothing', async () => {
    const socket = connect(router.proxy.port, '127.0.0.1', () =>
      socket.end('GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'),
    );
    socket.resume();
    await new Promise((resolve) => socket.once('close', resolve));
    await waitFor('no tunnel in flight', async () => (await flying()) === 0);
  });

  it('the instance sees who asks, and no forged address', async () => {
    const { socket } = await open('/who');
    const text =
      [...one.heads, ...two.heads]
        .filter((head) => head.url === '/who')[0]
        ?.raw.join('|')
        .toLowerCase() ?? '';
    expect(text).to.contain('x-forwarded-for|127.0.0.1').and.contain('sec-websocket-key|abc');
    socket.destroy();
    await waitFor('no tunnel in flight', async () => (await flying()) === 0);
  });

  it('a refusal passes as an answer, and the connection carries nothing more', async () => {
    const { socket, head } = await open(
      '/refuse',
      'GET /smuggled HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n',
    );
    expect(head)
      .to.match(/^HTTP\/1\.1 403 /)
      .and.match(/connection: close/i);
    socket.resume();
    await waitFor('the end', () => socket.readableEnded || socket.destroyed);
    expect([...one.heads, ...two.heads].map((seen) => seen.url)).to.not.include('/smuggled');
    await waitFor('no tunnel in flight', async () => (await flying()) === 0);
  });

  it('an instance that dies cuts its tunnels, and the next one goes elsewhere', async () => {
    const tunnels = await Promise.all(Array.from({ length: 4 }, () => open()));
    const names = tunnels.map(({ head }) => /x-instance: (\S+)/.exec(head)?.[1]);
    expect(new Set(names)).to.deep.equal(new Set(['web-1', 'web-2']));
    const closed: string[] = [];
    tunnels.forEach(({ socket }, at) => {
      socket.resume().on('error', () => undefined);
      socket.once('close', () => closed.push(names[at] ?? ''));
    });
    await one.kill();
    await waitFor(
      'the tunnels of web-1 to be cut',
      () => closed.filter((name) => name === 'web-1').length === 2,
    );
    expect(closed).to.not.include('web-2');
    const again = await Promise.all(Array.from({ length: 4 }, () => open()));
    expect(again.every(({ head }) => head.includes('web-2'))).to.equal(true);
    for (const { socket } of [...tunnels, ...again]) socket.destroy();
    await waitFor('no tunnel in flight', async () => (await flying()) === 0);
  });

  it('503 when nobody is left, and tunnels end when the router stops', async () => {
    const { socket } = await open();
    let cut = false;
    socket.resume().on('error', () => undefined);
    socket.once('close', () => (cut = true));
    const stopping = router.stop();
    await waitFor('the tunnel to be closed', () => cut);
    await stopping;
    await two.kill();
    router = await startRouter({ stable: [one, two] });
    const refused = await open();
    expect(refused.head)
      .to.match(/^HTTP\/1\.1 503 /)
      .and.match(/retry-after/i);
    await Promise.all([one.revive(), two.revive()]);
  });
});
