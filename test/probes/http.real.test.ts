import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { HttpProbe } from '../../src/probes/kinds/http.ts';
import { tcpProbe } from '../../src/probes/kinds/socket.ts';
import { freePort } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

type Answer = (socket: Socket, request: string) => void;

describe('a target that speaks HTTP', function () {
  this.timeout(30_000);
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  const probes: HttpProbe[] = [];
  afterEach(() => {
    for (const probe of probes.splice(0)) probe.close();
    for (const socket of sockets) socket.destroy();
    for (const server of servers.splice(0)) server.close();
  });
  /** Answers each request; how many connections it has taken. */
  const serve = async (answer: Answer): Promise<{ url: string; port: number; taken: () => number }> => {
    let taken = 0;
    const server = createServer((socket) => {
      taken += 1;
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => answer(socket, bytes.toString()));
    });
    servers.push(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as { port: number };
    return { url: `http://127.0.0.1:${port}/health?a=b`, port, taken: () => taken };
  };
  const probe = (
    url: string,
    more: { status?: number; contains?: string } = {},
    onBroken = (): void => undefined,
  ) => {
    const made = new HttpProbe(
      { url, status: more.status ?? 200, contains: more.contains ?? null },
      onBroken,
    );
    probes.push(made);
    return made;
  };
  const text = (status: string, body: string, more = ''): string =>
    `HTTP/1.1 ${status}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${more}\r\n${body}`;

  const answers: [string, Answer, { status?: number; contains?: string }, boolean, RegExp][] = [
    ['as it should', (s) => s.write(text('200 OK', 'ok')), { contains: 'ok' }, true, /^it answers 200$/],
    ['another status', (s) => s.write(text('503 No', '')), {}, false, /^it answers 503, not 200$/],
    [
      'a status that is wanted',
      (s) => s.write(text('401 No', '')),
      { status: 401 },
      true,
      /^it answers 401$/,
    ],
    [
      'a redirect',
      (s) => s.write(text('302 Found', '', 'location: /login\r\n')),
      {},
      false,
      /redirect, which is not followed/,
    ],
    [
      'without the text',
      (s) => s.write(text('200 OK', 'no')),
      { contains: 'ok' },
      false,
      /does not contain "ok"/,
    ],
    [
      'in chunks that cut the text',
      (s) =>
        s.write(
          'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nall\r\n5\r\n is w\r\n3\r\nell\r\n0\r\n\r\n',
        ),
      { contains: 'all is well' },
      true,
      /200/,
    ],
    [
      'to the end of the connection',
      (s) => s.end('HTTP/1.0 200 OK\r\n\r\nfine'),
      { contains: 'fine' },
      true,
      /200/,
    ],
    [
      'with an informational head before',
      (s) => s.write(`HTTP/1.1 103 Early Hints\r\n\r\n${text('200 OK', 'ok')}`),
      {},
      true,
      /200/,
    ],
    [
      'half of it, then the end',
      (s) => s.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'),
      {},
      false,
      /closed the connection without a whole answer/,
    ],
    ['with a reset', (s) => s.resetAndDestroy(), {}, false, /^the connection was reset$/],
    ['what is no HTTP', (s) => s.write('220 mail.example.org ESMTP\r\n'), {}, false, /no HTTP/],
    ['never', () => undefined, {}, false, /^no answer within 300 ms$/],
    [
      'its head and no more',
      (s) => s.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n'),
      {},
      false,
      /^no answer within 300 ms$/,
    ],
    [
      'more than anybody reads',
      (s) => s.write(`HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n${'x'.repeat(2_000_000)}`),
      { contains: 'xx' },
      true,
      /200/,
    ],
  ];
  for (const [name, answer, more, ok, why] of answers)
    it(`answers ${name}: again and again, each told in words`, async () => {
      const { url } = await serve(answer);
      const asked = probe(url, more);
      for (let at = 0; at < 3; at += 1) {
        const found = await asked.check(name.includes('never') || name.includes('no more') ? 300 : 5000);
        expect(found.ok, found.why).to.equal(ok);
        expect(found.why).to.match(why);
      }
    });

  it('is asked over one connection, for what its URL says', async () => {
    const requests: string[] = [];
    const { url, port, taken } = await serve((socket, request) => {
      requests.push(request);
      socket.write(text('200 OK', 'ok'));
    });
    const asked = probe(url);
    for (let at = 0; at < 5; at += 1) expect((await asked.check(5000)).latencyMs).to.be.a('number');
    expect(taken()).to.equal(1);
    expect(requests[0])
      .to.match(/^GET \/health\?a=b HTTP\/1\.1\r\n/)
      .and.to.contain(`host: 127.0.0.1:${port}\r\n`);
  });

  it('is asked anew, within the same check, where it had ended the kept connection meanwhile', async () => {
    let count = 0;
    const { url, taken } = await serve((socket) => {
      count += 1;
      // The second request meets a connection that is reset just then.
      if (count === 2) socket.resetAndDestroy();
      else socket.write(text('200 OK', 'ok'));
    });
    const asked = probe(url);
    expect((await asked.check(5000)).ok).to.equal(true);
    expect((await asked.check(5000)).ok).to.equal(true);
    expect(taken()).to.equal(2);
  });

  it('is not taken for well by an answer that nobody has asked for', async () => {
    const { url } = await serve((socket) => {
      socket.write(text('200 OK', 'ok') + text('200 OK', 'ok'));
      socket.pause();
    });
    const asked = probe(url);
    expect((await asked.check(5000)).ok).to.equal(true);
    expect((await asked.check(5000)).ok).to.equal(true);
  });

  it('is known to have died at once, when it is killed while nobody asks', async () => {
    const port = await freePort();
    const program = `require('http').createServer({ keepAliveTimeout: 60000 }, (q, a) => a.end('ok')).listen(${port}, '127.0.0.1')`;
    const child = spawn(process.execPath, ['-e', program]);
    try {
      let broken = 0;
      const asked = probe(`http://127.0.0.1:${port}/`, {}, () => (broken += 1));
      await waitFor('a server', async () => (await asked.check(1000)).ok);
      child.kill('SIGKILL');
      await waitFor('the end of the connection', () => broken === 1, 5000);
      expect(await asked.check(1000)).to.deep.include({ ok: false, why: 'connection refused' });
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('has a name that does not resolve, or a port that is closed', async () => {
    expect((await probe('http://nobody.invalid/').check(10_000)).why).to.match(/^its name does not resolve/);
    const port = await freePort();
    expect((await probe(`http://127.0.0.1:${port}/`).check(5000)).why).to.equal('connection refused');
    expect((await probe(`http://[::1]:${port}/`).check(5000)).ok).to.equal(false);
  });

  it('speaks no TLS where https is meant', async () => {
    const { port } = await serve((socket) => socket.write(text('400 Bad', '')));
    const found = await probe(`https://127.0.0.1:${port}/`).check(5000);
    expect(found).to.deep.include({ ok: false, why: 'it does not speak TLS there' });
  });

  it('is a port alone, open or closed', async () => {
    const { port, taken } = await serve(() => undefined);
    const at = { host: '127.0.0.1', port };
    expect(await tcpProbe(at).check(5000)).to.deep.include({ ok: true, why: 'a connection opens' });
    await waitFor('a connection', () => taken() === 1);
    expect((await tcpProbe({ ...at, port: await freePort() }).check(5000)).why).to.equal(
      'connection refused',
    );
  });
});
