import { createHmac } from 'node:crypto';
import { createServer as createHttpServer, type IncomingHttpHeaders } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { retryAfterMs } from '../../../src/drivers/messages/message-request.ts';
import { openWebhook, sentByStatus } from '../../../src/drivers/messages/webhook.ts';
import type { OutgoingMessage } from '../../../src/ports/ports.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { freePort } from '../../support/temp.ts';
import { untilReached } from '../../support/until-reached.ts';
import { waitFor } from '../../support/wait-for.ts';

const message: OutgoingMessage = {
  id: 'i-abcdefgh.2.0.chat',
  visible: 'i-abcdefgh.2',
  to: 'chat',
  subject: '[shop] critical: site-down',
  text: 'shop: <!channel> & "web1" 🔥',
  incident: 'i-abcdefgh',
};
const path = '/services/T00000000/B00000000/topsecrettoken';
const limit = { timeoutMs: 5000 };

const open = (port: number, more: { format?: 'slack' | 'json'; secret?: string; scheme?: string } = {}) =>
  openWebhook({
    url: new Secret(`${more.scheme ?? 'http'}://hook:s%40fe@127.0.0.1:${port}${path}?v=1`),
    format: more.format ?? 'json',
    secret: more.secret === undefined ? null : new Secret(more.secret),
  });

describe('a webhook', () => {
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  const listen = async (server: Server): Promise<number> => {
    servers.push(server);
    server.on('connection', (socket) => sockets.add(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    for (const server of servers.splice(0)) server.close();
    sockets.clear();
  });

  interface Posted {
    readonly method: string;
    readonly url: string;
    readonly headers: IncomingHttpHeaders;
    readonly body: string;
  }
  const posted: Posted[] = [];
  beforeEach(() => void posted.splice(0));

  /** Answers each POST so. */
  const answering = (status: number, headers: Record<string, string> = {}, body = '') =>
    listen(
      createHttpServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          const { method = '', url = '', headers: asked } = request;
          posted.push({ method, url, headers: asked, body: Buffer.concat(chunks).toString() });
          response.writeHead(status, headers).end(body);
        });
      }),
    );

  /** Answers the bytes of a whole request in a way of its own. */
  const raw = (answer: (socket: Socket) => void) =>
    listen(
      createTcpServer((socket) => {
        let heard = '';
        socket.on('data', (chunk) => {
          heard += chunk.toString();
          if (heard.includes('incident')) answer(socket);
        });
      }),
    );

  it('of the kind json gets the whole message, with the id by which a second one is dropped', async () => {
    const port = await answering(200);
    const sent = await open(port, { secret: 'key' }).send(message, limit);
    expect(sent).to.deep.equal({ is: 'accepted', providerId: message.id });
    const { id, visible, to, subject, text, incident } = message;
    expect(posted).to.have.length(1);
    const { method, url, headers, body } = posted[0] as Posted;
    expect(JSON.parse(body)).to.deep.equal({ id, visible, to, incident, subject, text });
    expect(`${method} ${url}`).to.equal(`POST ${path}?v=1`);
    expect(headers['x-canopy-signature']).to.equal(
      `sha256=${createHmac('sha256', 'key').update(body).digest('hex')}`,
    );
    expect(headers).to.include({ host: `127.0.0.1:${port}`, 'content-type': 'application/json' });
    expect(headers.authorization).to.equal(`Basic ${Buffer.from('hook:s@fe').toString('base64')}`);
  });

  it('of the kind slack gets a text in which nothing is a link or an alarm, and no signature without a secret', async () => {
    const port = await answering(200, {}, 'ok');
    expect(await open(port, { format: 'slack' }).send(message, limit)).to.include({ is: 'accepted' });
    expect(JSON.parse(posted[0]?.body ?? '')).to.deep.equal({
      text: 'shop: &lt;!channel&gt; &amp; "web1" 🔥',
    });
    expect(posted[0]?.headers).to.not.have.property('x-canopy-signature');
  });

  it('is not followed anywhere else', async () => {
    const other = await answering(200);
    const port = await answering(302, { location: `http://127.0.0.1:${other}/` });
    const sent = await open(port).send(message, limit);
    expect(sent).to.deep.equal({ is: 'refused', reason: 'it answers 302: redirects are not followed' });
    expect(posted).to.have.length(1);
  });

  it('that wants to wait says how long', async () => {
    const port = await answering(429, { 'retry-after': '30' });
    expect(await open(port).send(message, limit)).to.deep.equal({
      ...{ is: 'later', reason: 'it answers 429', afterMs: 30_000 },
    });
  });

  it('that fails may have taken it', async () => {
    const port = await answering(500, {}, path);
    expect(await open(port).send(message, limit)).to.deep.equal({
      is: 'uncertain',
      reason: 'it answers 500',
    });
  });

  it('that answers without an end is believed at its head', async () => {
    const port = await raw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
      const more = setInterval(() => socket.write(`10000\r\n${'x'.repeat(65_536)}\r\n`), 1);
      socket.on('close', () => clearInterval(more));
    });
    expect(await open(port).send(message, limit)).to.include({ is: 'accepted' });
  });

  for (const [title, answer] of [
    ['resets the connection', (socket: Socket) => socket.resetAndDestroy()],
    ['closes it without an answer', (socket: Socket) => socket.destroy()],
    ['answers what is not HTTP', (socket: Socket) => socket.end('220 mail.example.org ESMTP\r\n')],
    ['answers half a head', (socket: Socket) => socket.end('HTTP/1.1 200')],
    [
      'has no end of headers',
      (socket: Socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}`),
    ],
  ] as const)
    it(`that has read it and ${title} may have taken it`, async () => {
      const sent = await open(await raw(answer)).send(message, limit);
      expect(sent).to.include({ is: 'uncertain' });
      expect(JSON.stringify(sent)).to.not.match(/127\.0\.0\.1|topsecret|services|s@fe|s%40fe/);
    });

  it('that has read it and says nothing may have taken it, and is left', async () => {
    let read = 0;
    let left = 0;
    const port = await raw((socket) => {
      read += 1;
      socket.on('close', () => (left += 1));
    });
    const sent = await untilReached(
      () => read > 0,
      (timeoutMs) => open(port).send(message, { timeoutMs }),
    );
    expect(sent).to.include({ is: 'uncertain' });
    expect(JSON.stringify(sent)).to.include('no answer within ');
    await waitFor('the connection to be left', () => left === read);
  });

  it('that nobody serves has surely not taken it', async () => {
    const port = await freePort();
    expect(await open(port).send(message, limit)).to.deep.equal({
      ...{ is: 'later', reason: 'connection refused', afterMs: null },
    });
  });

  it('whose TLS never comes about has surely not taken it', async () => {
    const silent = await listen(createTcpServer());
    expect(await open(silent, { scheme: 'https' }).send(message, { timeoutMs: 150 })).to.include({
      is: 'later',
    });
    const plain = await answering(200);
    expect(await open(plain, { scheme: 'https' }).send(message, limit)).to.include({ is: 'later' });
    expect(posted).to.deep.equal([]);
  });

  it('gets nothing once the time of a message is over, also of a process that was stopped', async () => {
    const port = await answering(200);
    const sending = open(port).send(message, { timeoutMs: 20 });
    const until = Date.now() + 60;
    while (Date.now() < until);
    expect(await sending).to.include({ is: 'later' });
    expect(posted).to.deep.equal([]);
  });

  it('cannot be asked', async () => {
    const found = await open(1).find({ id: message.id, visible: message.visible, to: 'chat', notBefore: 0 });
    expect(found).to.include({ is: 'unknown' });
    expect(open(1).idempotent).to.equal(false);
  });
});

describe('the answer of a webhook', () => {
  for (const [status, afterMs, is] of [
    [200, null, 'accepted'],
    [204, null, 'accepted'],
    [101, null, 'refused'],
    [304, null, 'refused'],
    [308, 1000, 'refused'],
    [400, null, 'refused'],
    [401, null, 'refused'],
    [404, null, 'refused'],
    [408, null, 'later'],
    [410, null, 'refused'],
    [425, null, 'later'],
    [429, null, 'later'],
    [429, 5000, 'later'],
    [500, null, 'uncertain'],
    [502, null, 'uncertain'],
    [503, null, 'uncertain'],
    [503, 5000, 'later'],
    [504, 5000, 'uncertain'],
    [999, null, 'uncertain'],
  ] as const)
    it(`${status}${afterMs === null ? '' : ' with Retry-After'}: ${is}`, () => {
      const sent = sentByStatus(status, afterMs, 'id');
      expect(sent.is).to.equal(is);
      if (sent.is === 'later') expect(sent.afterMs).to.equal(afterMs);
    });

  const now = Date.parse('2026-12-01T10:00:00Z');
  for (const [written, ms] of [
    [undefined, null],
    ['0', 0],
    [' 120 ', 120_000],
    ['Tue, 01 Dec 2026 10:01:00 GMT', 60_000],
    ['Tue, 01 Dec 2026 09:00:00 GMT', 0],
    ['soon', null],
    ['-5', null],
  ] as const)
    it(`Retry-After ${written ?? 'not there'}`, () => expect(retryAfterMs(written, now)).to.equal(ms));
});
