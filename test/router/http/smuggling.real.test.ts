import { expect } from 'chai';
import { openClient } from '../../support/http/client.ts';
import { raw } from '../../support/http/raw.ts';
import { startRouter, type RunningRouter } from '../../support/router/router.ts';
import { startStrict, type StrictBackend } from '../../support/http/strict-backend.ts';
import { waitFor } from '../../support/wait-for.ts';

const head = (method: string, path: string, more = ''): string =>
  `${method} ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
const last = (path: string): string => head('GET', path, 'Connection: close\r\n');
const chunked = 'Transfer-Encoding: chunked\r\n';
const hidden = head('GET', '/hidden');

/** What is sent; what the instance then has seen (`GET /a body`); the statuses that come back. */
const cases: [name: string, sent: string, seen: string[], statuses: number[]][] = [
  [
    'a length and chunks',
    head('POST', '/a', `Content-Length: 6\r\n${chunked}`) + `0\r\n\r\n${hidden}`,
    [],
    [400],
  ],
  ['a length twice', head('POST', '/a', 'Content-Length: 0\r\nContent-Length: 40\r\n') + hidden, [], [400]],
  ['a list of lengths', head('POST', '/a', 'Content-Length: 5, 5\r\n') + 'helloG', [], [400]],
  ['a length with a sign', head('POST', '/a', 'Content-Length: +5\r\n') + 'hello', [], [400]],
  ['a length in hexadecimal', head('POST', '/a', 'Content-Length: 0x5\r\n') + 'hello', [], [400]],
  [
    'a length that is too large',
    head('POST', '/a', `Content-Length: ${'9'.repeat(30)}\r\n`) + 'x',
    [],
    [400],
  ],
  ['an empty length', head('POST', '/a', 'Content-Length: \r\n') + hidden, [], [400]],
  [
    'chunked after a vertical tab',
    head('POST', '/a', 'Transfer-Encoding: \x0bchunked\r\n') + `0\r\n\r\n${hidden}`,
    [],
    [400],
  ],
  [
    'chunked with a tail',
    head('POST', '/a', 'Transfer-Encoding: chunkedx\r\n') + `0\r\n\r\n${hidden}`,
    [],
    [501],
  ],
  ['chunked twice', head('POST', '/a', chunked + chunked) + `0\r\n\r\n${hidden}`, [], [400]],
  ['identity', head('POST', '/a', 'Transfer-Encoding: identity\r\n') + hidden, [], [501]],
  [
    'chunked, then something',
    head('POST', '/a', 'Transfer-Encoding: chunked, gzip\r\n') + `0\r\n\r\n${hidden}`,
    [],
    [400],
  ],
  [
    'a coding with a space before the colon',
    head('POST', '/a', 'Transfer-Encoding : chunked\r\n') + `0\r\n\r\n${hidden}`,
    [],
    [400],
  ],
  [
    'a folded coding',
    head('POST', '/a', 'Transfer-Encoding:\r\n chunked\r\n') + `0\r\n\r\n${hidden}`,
    [],
    [400],
  ],
  ['a folded header', head('GET', '/a', 'X-A: 1\r\n\tb\r\n'), [], [400]],
  ['a header that is ended by a line feed', head('GET', '/a', 'X-A: 1\nX-B: 2\r\n'), [], [400]],
  ['a header that is ended by a carriage return', head('GET', '/a', 'X-A: 1\rX-B: 2\r\n'), [], [400]],
  ['a NUL in a value', head('GET', '/a', 'X-A: 1\0\r\n'), [], [400]],
  ['a NUL in a name', head('GET', '/a', 'X\0A: 1\r\n'), [], [400]],
  ['a NUL in the target', head('GET', '/a\0b'), [], [400]],
  ['a space in the target', head('GET', '/a b'), [], [400]],
  ['a header without a colon', head('GET', '/a', 'X-A\r\n'), [], [400]],
  ['a header without a name', head('GET', '/a', ': 1\r\n'), [], [400]],
  ['an unknown method', head('GETT', '/a'), [], [400]],
  ['HTTP/2 over HTTP/1', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [], [400]],
  ['HTTP/2.0 in a line of HTTP/1', 'GET /a HTTP/2.0\r\nHost: x\r\n\r\n', [], [505]],
  ['HTTP/0.9', 'GET /a\r\n\r\n', [], [505]],
  ['a chunk size with an underscore', head('POST', '/a', chunked) + '1_0\r\n', [], [400]],
  ['a chunk size with a sign', head('POST', '/a', chunked) + '-1\r\n', [], [400]],
  ['a chunk size that is too large', head('POST', '/a', chunked) + `${'f'.repeat(20)}\r\nx`, [], [400]],
  ['a chunk that is longer than its size', head('POST', '/a', chunked) + '1\r\nab\r\n0\r\n\r\n', [], [400]],
  ['a chunk size that a line feed ends', head('POST', '/a', chunked) + '1\na\r\n0\r\n\r\n', [], [400]],
  ['an authority as target', head('GET', 'shop:80'), [], [400]],
  ['a URL with a name and a password', head('GET', 'http://a@shop/a', 'Connection: close\r\n'), [], [400]],
  // What is odd, and clear.
  [
    'a chunk extension is dropped',
    head('POST', '/a', chunked) + `5;x=y\r\nhello\r\n0\r\n\r\n${last('/b')}`,
    ['POST /a hello', 'GET /b '],
    [200, 200],
  ],
  [
    'a length in the trailers',
    head('POST', '/a', chunked) + '5\r\nhello\r\n0\r\nContent-Length: 99\r\n\r\n',
    [],
    [400],
  ],
  [
    'trailers are dropped',
    head('POST', '/a', chunked) + `5\r\nhello\r\n0\r\nX-Role: admin\r\n\r\n${last('/b')}`,
    ['POST /a hello', 'GET /b '],
    [200, 200],
  ],
  [
    'a body of a GET is its body',
    head('GET', '/a', `Content-Length: ${hidden.length}\r\n`) + hidden + last('/b'),
    [`GET /a ${hidden}`, 'GET /b '],
    [200, 200],
  ],
  [
    'a chunked body of a DELETE is its body',
    head('DELETE', '/a', chunked) + `5\r\nhello\r\n0\r\n\r\n${last('/b')}`,
    ['DELETE /a hello', 'GET /b '],
    [200, 200],
  ],
  [
    'Connection cannot hide the length',
    head('POST', '/a', 'Connection: content-length, transfer-encoding\r\nContent-Length: 5\r\n') +
      `hello${last('/b')}`,
    ['POST /a hello', 'GET /b '],
    [200, 200],
  ],
  [
    'a coding in capitals',
    head('POST', '/a', 'transfer-encoding: CHUNKED\r\n') + `5\r\nhello\r\n0\r\n\r\n${last('/b')}`,
    ['POST /a hello', 'GET /b '],
    [200, 200],
  ],
  ['an absolute target', head('GET', 'http://shop/a?b', 'Connection: close\r\n'), ['GET /a?b '], [200]],
  ['empty lines before a request', `\r\n\r\n${last('/a')}`, ['GET /a '], [200]],
];

describe('router: what is sent to be taken for something else', function () {
  this.timeout(120_000);
  let backend: StrictBackend;
  let router: RunningRouter;
  before(async () => {
    backend = await startStrict('web-1');
    router = await startRouter({ stable: [backend] });
  });
  after(async () => {
    await router.stop();
    await backend.stop();
  });

  for (const [name, sent, seen, statuses] of cases)
    it(`${name}: ${seen.length === 0 ? 'refused' : 'passed on'}`, async () => {
      const before = backend.messages.length;
      const back = await raw(router.proxy.port, sent, 400);
      const got = [...back.matchAll(/HTTP\/1\.1 (\d+) /g)].map((match) => Number(match[1]));
      expect(got, back).to.deep.equal(statuses);
      // Somebody else, by the same connections to the instance: nothing of it is in this request.
      const other = await raw(router.proxy.port, last('/somebody-else'));
      expect(other).to.contain('GET /somebody-else ').and.not.contain('hidden');
      const now = backend.messages.slice(before).map((one) => `${one.method} ${one.target} ${one.body}`);
      expect(now).to.deep.equal([...seen, 'GET /somebody-else ']);
      expect(backend.violations).to.deep.equal([]);
    });

  it('a body that breaks off is never a whole request to the instance', async () => {
    const [before, broken] = [backend.messages.length, backend.broken];
    await raw(router.proxy.port, `${head('POST', '/cut', chunked)}5\r\nhello\r\nzz\r\n`, 400);
    await waitFor('the first to be broken', () => backend.broken === broken + 1);
    const client = await openClient(router.proxy.port);
    client.send(`${head('POST', '/short', 'Content-Length: 10\r\n')}hello`);
    await waitFor('a part to arrive', () => backend.middle() === 1);
    client.socket.destroy();
    await waitFor('the second to be broken', () => backend.broken === broken + 2);
    expect(await raw(router.proxy.port, last('/after'))).to.contain('GET /after ');
    expect(backend.messages.slice(before).map(({ target }) => target)).to.deep.equal(['/after']);
  });

  it('headers that look alike after underscores became dashes are dropped, others pass as they came', async () => {
    const odd = 'X_Forwarded_For: 6.6.6.6\r\nX-Forwarded_Proto: https\r\nX_Real-IP: 6.6.6.6\r\nX_Mine: 1\r\n';
    await raw(router.proxy.port, head('GET', '/a', `${odd}Connection: close\r\n`));
    const headers = new Map(backend.messages.at(-1)?.headers);
    expect(headers.get('x_mine')).to.equal('1');
    expect([...headers.values()].join(' ')).to.not.contain('6.6.6.6');
    expect([...headers.keys()].filter((name) => /^x[-_]forwarded/.test(name)).sort()).to.deep.equal([
      'x-forwarded-for',
      'x-forwarded-host',
      'x-forwarded-proto',
    ]);
    expect(headers.get('x-forwarded-proto')).to.equal('http');
  });

  it('what an instance answers cannot become two answers', async () => {
    const twice = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n';
    backend.answer = (_, socket) => socket.write(`${twice}HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil`);
    const one = await raw(router.proxy.port, head('GET', '/a') + last('/b'), 400);
    backend.answer = null;
    expect(one).to.not.contain('evil');
    expect(one).to.match(/^HTTP\/1\.1 502 /);
    // More than was promised is not the answer to the next one.
    backend.answer = (_, socket) =>
      socket.write(
        'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil',
      );
    const first = await raw(router.proxy.port, last('/a'));
    backend.answer = null;
    const next = await raw(router.proxy.port, last('/next'));
    expect(first + next).to.not.contain('evil');
    expect(next).to.contain('GET /next ');
  });
});
