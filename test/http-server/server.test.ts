import { expect } from 'chai';
import { serverCloser } from '../../src/http-server/index.ts';
import { openPort, type Port } from './port-ground.ts';

const own = 'https://watch.example.org';
const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

describe('an HTTP port of several roles', () => {
  let port: Port;
  before(async () => (port = await openPort()));
  after(() => port.close());

  const cases: readonly (readonly [
    what: string,
    method: string,
    path: string,
    headers: Record<string, string>,
    status: number,
  ])[] = [
    ['what is open to all', 'GET', '/healthz', {}, 200],
    ['reading without a token', 'GET', '/api/state', {}, 401],
    ['reading as a viewer', 'GET', '/api/state', bearer('see'), 200],
    ['reading as an operator', 'GET', '/api/state', bearer('rule'), 200],
    ['reading as a heartbeat', 'GET', '/api/state', bearer('beat'), 403],
    ['writing as a viewer', 'POST', '/api/incidents/i-1/ack', bearer('see'), 403],
    ['writing as an operator', 'POST', '/api/incidents/i-1/ack', bearer('rule'), 200],
    ['a heartbeat', 'POST', '/heartbeat/backup', bearer('beat'), 200],
    ['a heartbeat as a viewer', 'POST', '/heartbeat/backup', bearer('see'), 403],
    ['a right of an empty token, with an empty token', 'POST', '/ofrep', { authorization: 'Bearer ' }, 401],
    ['a right of an empty token that another role has', 'POST', '/ofrep', bearer('rule'), 200],
    ['another page', 'GET', '/nope', {}, 404],
    ['another method', 'DELETE', '/api/state', bearer('rule'), 405],
    ['a name of every object', 'GET', '/constructor', {}, 404],
    ['a part of a path without a name', 'POST', '/heartbeat/', bearer('beat'), 404],
    ['a part of a path that is no text', 'POST', '/heartbeat/%ff', bearer('beat'), 404],
    ['a path that goes on', 'POST', '/heartbeat/a/b', bearer('beat'), 404],
    ['a name of ours', 'GET', '/healthz', { host: 'watch.example.org' }, 200],
    ['a name of ours, written otherwise', 'GET', '/healthz', { host: 'Watch.Example.ORG.:8090' }, 200],
    ['localhost', 'GET', '/healthz', { host: 'localhost:8090' }, 200],
    ['an address of this machine', 'GET', '/healthz', { host: '[::1]:8090' }, 200],
    [
      'a name that was bound to our address',
      'GET',
      '/api/state',
      { host: 'evil.example.com', ...bearer('see') },
      421,
    ],
    ['an address that is not ours', 'GET', '/healthz', { host: '10.0.0.9' }, 421],
    ['such a name, whatever the page', 'GET', '/nope', { host: 'evil.example.com' }, 421],
    ['a name that begins like ours', 'GET', '/healthz', { host: 'localhost.evil.example.com' }, 421],
    ['our own page', 'GET', '/api/state', { origin: own, ...bearer('see') }, 200],
    [
      'a page from elsewhere',
      'GET',
      '/api/state',
      { origin: 'https://evil.example.com', ...bearer('see') },
      403,
    ],
    [
      'our page by another scheme',
      'GET',
      '/api/state',
      { origin: 'http://watch.example.org', ...bearer('see') },
      403,
    ],
    ['a page without an origin', 'POST', '/heartbeat/x', { origin: 'null', ...bearer('beat') }, 403],
    [
      'a page from elsewhere that asks what is open',
      'GET',
      '/healthz',
      { origin: 'https://evil.example.com' },
      403,
    ],
  ];
  for (const [what, method, path, headers, status] of cases)
    it(`${what}: ${status}`, async () => {
      const answer = await port.ask(method, path, headers, method === 'POST' ? '{}' : undefined);
      expect(answer.status, answer.text).to.equal(status);
      if (status >= 400)
        expect(JSON.parse(answer.text)).to.have.nested.property('error.hint').that.is.not.empty;
    });

  it('gives a route what stands in the path, in the query and in the body', async () => {
    const json = async (...of: Parameters<Port['ask']>): Promise<unknown> =>
      JSON.parse((await port.ask(...of)).text);
    expect(await json('POST', '/heartbeat/a%20b', bearer('beat'))).to.deep.equal({ name: 'a b' });
    expect(await json('GET', '/api/state?since=5&x', bearer('see'))).to.deep.equal({ since: '5' });
    expect(await json('GET', '/api/incidents/mine', bearer('see'))).to.deep.equal({ mine: true });
    expect(await json('POST', '/api/incidents/i-1/ack', bearer('rule'), '{"for":"1h"}')).to.deep.equal({
      id: 'i-1',
      given: { for: '1h' },
    });
  });

  const bodies: readonly (readonly [what: string, body: string, status: number])[] = [
    ['no JSON', 'help', 400],
    ['a list', '[]', 400],
    ['one byte too many', 'x'.repeat(64 * 1024 + 1), 413],
    ['nothing', '', 200],
  ];
  for (const [what, body, status] of bodies)
    it(`takes a body of ${what}: ${status}`, async () => {
      const answer = await port.ask('POST', '/api/incidents/i-1/ack', bearer('rule'), body);
      expect(answer.status).to.equal(status);
    });

  it('answers HEAD like GET, without the body', async () => {
    const [get, head] = [
      await port.ask('GET', '/', bearer('see')),
      await port.ask('HEAD', '/', bearer('see')),
    ];
    expect([get.text, head.text]).to.deep.equal(['<p>', '']);
    expect(head.headers['content-length']).to.equal('3');
    expect(get.headers).to.include({ 'content-type': 'text/html', 'cache-control': 'no-store' });
  });

  it('tells of what failed in its log alone, without the query', async () => {
    const answer = await port.ask('GET', '/broken?token=secret');
    expect([answer.status, answer.text.includes('disk')]).to.deep.equal([500, false]);
    expect(port.log.lines).to.include('warn  the port failed at GET /broken: no disk');
    expect(port.log.lines.join()).not.to.contain('secret');
  });

  it('refuses a handshake as it refuses a request', async () => {
    const upgrade = { connection: 'Upgrade', upgrade: 'websocket' };
    const shake = async (headers: Record<string, string>): Promise<number> =>
      (await port.ask('GET', '/socket.io/', { ...upgrade, ...headers })).status;
    expect(await shake(bearer('see'))).to.equal(101);
    expect(await shake({})).to.equal(401);
    expect(await shake({ ...bearer('see'), host: 'evil.example.com' })).to.equal(421);
    expect(await shake({ ...bearer('see'), origin: 'https://evil.example.com' })).to.equal(403);
  });
});

describe('a session at an HTTP port', () => {
  let port: Port;
  beforeEach(async () => (port = await openPort()));
  afterEach(() => port.close());

  const login = async (token: string): Promise<{ readonly cookie: string; readonly header: string }> => {
    const { headers } = await port.ask('POST', '/login', {}, JSON.stringify({ token }));
    const header = String(headers['set-cookie']);
    return { header, cookie: header.split(';')[0] ?? '' };
  };
  const status = async (...of: Parameters<Port['ask']>): Promise<number> => (await port.ask(...of)).status;

  it('is a cookie that no script reads and no other site sends, and not the token', async () => {
    const { header, cookie } = await login('rule');
    expect(header).to.match(
      /^canopy-watch=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=60; Secure$/,
    );
    expect((await login('rule')).cookie).not.to.equal(cookie);
  });

  it('reads, and changes something for our own page alone', async () => {
    const { cookie } = await login('rule');
    const ack = (more: Record<string, string>) =>
      status('POST', '/api/incidents/i-1/ack', { cookie, ...more });
    expect(await status('GET', '/api/state', { cookie })).to.equal(200);
    expect(await ack({}), 'no origin').to.equal(403);
    expect(await ack({ origin: 'https://evil.example.com' })).to.equal(403);
    expect(await ack({ origin: own })).to.equal(200);
    expect(await ack(bearer('wrong')), 'a token that is sent counts alone').to.equal(401);
  });

  it('has the rights of its role', async () => {
    const { cookie } = await login('see');
    expect(await status('GET', '/api/state', { cookie: `a=b; ${cookie}` })).to.equal(200);
    expect(await status('POST', '/api/incidents/i-1/ack', { cookie, origin: own })).to.equal(403);
  });

  it('ends by itself, and by a word', async () => {
    const [first, second] = [await login('see'), await login('see')];
    expect(await status('POST', '/logout', { cookie: first.cookie, origin: own })).to.equal(200);
    expect(await status('GET', '/api/state', { cookie: first.cookie })).to.equal(401);
    expect(await status('GET', '/api/state', { cookie: second.cookie })).to.equal(200);
    port.clock.now += 60_000;
    expect(await status('GET', '/api/state', { cookie: second.cookie })).to.equal(401);
  });

  it('is not given for a wrong token, of which so many are taken a second', async () => {
    const answers = [];
    for (let at = 0; at < 6; at += 1)
      answers.push((await port.ask('POST', '/login', {}, '{"token":"x"}')).text);
    expect(answers.map((text) => (JSON.parse(text) as { error: string }).error)).to.deep.equal([
      ...Array<string>(5).fill('wrong'),
      'limited',
    ]);
  });
});

describe('an HTTP port', () => {
  it('reads for everybody when no token guards that, and writes for nobody the more', async () => {
    const port = await openPort({ viewer: '' });
    try {
      expect((await port.ask('GET', '/api/state')).status).to.equal(200);
      expect((await port.ask('POST', '/api/incidents/i-1/ack', {}, '{}')).status).to.equal(401);
    } finally {
      await port.close();
    }
  });

  it('is called by any address where it listens on all, and by no other name', async () => {
    const port = await openPort({ listen: '0.0.0.0' });
    try {
      expect((await port.ask('GET', '/healthz', { host: '10.0.0.9:8090' })).status).to.equal(200);
      expect((await port.ask('GET', '/healthz', { host: 'evil.example.com' })).status).to.equal(421);
    } finally {
      await port.close();
    }
  });

  it('is closed when its last connection has ended', async () => {
    const port = await openPort();
    const close = serverCloser(port.server);
    const agentless = await port.ask('GET', '/healthz');
    await close({ graceMs: 5000, lingerMs: () => 0, cut: () => port.server.closeAllConnections() });
    expect([agentless.status, port.server.listening]).to.deep.equal([200, false]);
  });
});
