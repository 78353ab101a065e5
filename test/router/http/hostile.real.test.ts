import { expect } from 'chai';
import { raw } from '../../support/http/raw.ts';
import { startRouter, type RunningRouter } from '../../support/router/router.ts';
import { startUpstream, type Upstream } from '../../support/http/upstream.ts';

describe('router: what a hostile client sends', function () {
  this.timeout(120_000);
  let upstream: Upstream;
  let router: RunningRouter;
  before(async () => {
    upstream = await startUpstream('web-1');
    router = await startRouter({ stable: [upstream] });
  });
  after(async () => {
    await router.stop();
    await upstream.kill();
  });

  const refused: Record<string, [text: string, status: number]> = {
    'length and chunked': [
      'POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n',
      400,
    ],
    'chunked and length': [
      'POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n',
      400,
    ],
    'two lengths': [
      'POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde',
      400,
    ],
    'two equal lengths': [
      'POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nabcd',
      400,
    ],
    'a space before the colon': [
      'POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    'a coding that hides': [
      'POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
      501,
    ],
    'a coding before chunked': [
      'POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\nConnection: close\r\n\r\n0\r\n\r\n',
      501,
    ],
    'two hosts': ['GET /a HTTP/1.1\r\nHost: x\r\nHost: y\r\nConnection: close\r\n\r\n', 400],
    'no host': ['GET /a HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    'a bad length': ['POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1e1\r\n\r\na', 400],
    'a negative length': ['POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\na', 400],
    'a folded header': ['GET /a HTTP/1.1\r\nHost: x\r\nX: 1\r\n Transfer-Encoding: chunked\r\n\r\n', 400],
    'a chunk size that is none': [
      'POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n',
      400,
    ],
    'a head without end': [`GET /a HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(40_000)}\r\n\r\n`, 431],
    'a star': ['OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 400],
  };
  for (const [name, [text, status]] of Object.entries(refused)) {
    it(`is refused: ${name}`, async () => {
      const before = upstream.heads.length;
      const back = await raw(router.proxy.port, text);
      expect(back.split('\r\n')[0], back).to.contain(` ${status} `);
      const seen = upstream.heads.slice(before).map((head) => head.url);
      expect(seen).to.not.include('/smuggled');
      expect(back.match(/HTTP\/1\.1 /g)).to.have.length(1);
    });
  }

  it('a CONNECT opens nothing', async () => {
    const back = await raw(router.proxy.port, 'CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(back).to.equal('');
  });

  it('an absolute target is passed as a path with its host', async () => {
    await raw(
      router.proxy.port,
      'GET http://shop.example/deep?x=1 HTTP/1.1\r\nHost: other\r\nConnection: close\r\n\r\n',
    );
    const head = upstream.heads.at(-1);
    expect(head?.url).to.equal('/deep?x=1');
    expect(head?.raw.join('|')).to.contain('shop.example').and.not.to.contain('other');
  });

  it('pipelined requests are answered in order', async () => {
    const one = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
    const back = await raw(
      router.proxy.port,
      one('/slow?ms=80') + one('/second') + one('/third', 'Connection: close\r\n'),
    );
    const at = ['slow', '/second', '/third'].map((text) => back.indexOf(text));
    expect(
      at.every((place) => place > 0),
      back,
    ).to.equal(true);
    expect(at).to.deep.equal([...at].sort((a, b) => a - b));
  });

  it('HTTP/1.0 is answered and closed, and a body that breaks off is a reset, not an end', async () => {
    const back = await raw(router.proxy.port, 'GET /bytes?n=10&chunked HTTP/1.0\r\n\r\n');
    expect(back)
      .to.match(/^HTTP\/1\.1 200 /)
      .and.not.match(/transfer-encoding/i);
    const ended = await new Promise<string>((resolve) => {
      void import('node:net').then(({ connect }) => {
        const socket = connect(router.proxy.port, '127.0.0.1', () =>
          socket.write('GET /half-chunked HTTP/1.0\r\n\r\n'),
        );
        socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
        socket.once('end', () => resolve('end'));
        socket.resume();
      });
    });
    expect(ended).to.equal('ECONNRESET');
  });

  it('a forged X-Forwarded-For is not passed on, nor is what Connection lists', async () => {
    await fetch(`${router.url}/who`, {
      headers: {
        'x-forwarded-for': '6.6.6.6',
        forwarded: 'for=6.6.6.6',
        'x-real-ip': '6.6.6.6',
        'x-forwarded-proto': 'https',
      },
    });
    const text = upstream.heads.at(-1)?.raw.join('|') ?? '';
    expect(text)
      .to.contain('x-forwarded-for|127.0.0.1')
      .and.contain('x-forwarded-proto|http|')
      .and.not.contain('6.6.6.6');
    await raw(
      router.proxy.port,
      'GET /hop HTTP/1.1\r\nHost: x\r\nConnection: close, x-secret, x-forwarded-for\r\nX-Secret: 1\r\n\r\n',
    );
    const hop = upstream.heads.at(-1)?.raw.join('|').toLowerCase() ?? '';
    expect(hop).to.contain('x-forwarded-for|127.0.0.1').and.not.contain('x-secret');
  });

  it('an upgrade that is not passed on is ignored: the request is answered', async () => {
    const h2c = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n';
    const get = await raw(router.proxy.port, `GET /plain HTTP/1.1\r\nHost: x\r\n${h2c}\r\n`, 300);
    expect(get)
      .to.match(/^HTTP\/1\.1 200 /)
      .and.contain('GET /plain');
    const post = await raw(
      router.proxy.port,
      `POST /echo HTTP/1.1\r\nHost: x\r\n${h2c}Content-Length: 5\r\n\r\nhelloGET /next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    expect(post).to.contain('hello').and.contain('GET /next');
    expect(upstream.heads.at(-1)?.raw.join('|').toLowerCase()).to.not.contain('h2c');
  });
});

describe('router behind a proxy of ours', function () {
  this.timeout(120_000);
  it('believes its X-Forwarded-For and adds to it', async () => {
    const upstream = await startUpstream('web-1');
    const router = await startRouter({ stable: [upstream], traffic: { trustedProxies: ['127.0.0.0/8'] } });
    try {
      await fetch(`${router.url}/who`, {
        headers: { 'x-forwarded-for': '6.6.6.6', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'shop' },
      });
      const text = upstream.heads.at(-1)?.raw.join('|') ?? '';
      expect(text)
        .to.contain('x-forwarded-for|6.6.6.6, 127.0.0.1')
        .and.contain('x-forwarded-proto|https')
        .and.contain('x-forwarded-host|shop');
    } finally {
      await router.stop();
      await upstream.kill();
    }
  });
});
