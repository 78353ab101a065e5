/** What a Host reaches from where it is. */
import { createServer, type Server } from 'node:http';
import { createServer as createTcp } from 'node:net';
import { expect } from 'chai';
import { freePort } from '../../support/temp.ts';
import type { HostFixture } from './host.ts';

export function connectionContract(fixture: () => HostFixture): void {
  let server: Server;
  let url = '';
  before(async () => {
    server = createServer((request, answer) => {
      if (request.url === '/slow') return;
      if (request.url === '/cut') return void request.socket.destroy();
      answer.writeHead(request.url === '/bad' ? 503 : 200, {
        'X-Release': 'r1',
        'x-asked': request.headers['x-asked'] ?? '',
      });
      answer.end(request.url === '/big' ? 'x'.repeat(200_000) : 'hello');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no address');
    url = `http://127.0.0.1:${address.port}`;
  });
  after(() => server.closeAllConnections());
  after((done) => void server.close(() => done()));
  const get = (target: string, timeoutMs = 5000) =>
    fixture().host.get(target, { effect: 'read', timeoutMs, headers: { 'x-asked': 'yes' } });

  it('gets an answer with its headers', async () => {
    const answer = await get(url);
    expect([
      answer.status,
      answer.body,
      answer.headers['x-release'],
      answer.headers['x-asked'],
    ]).to.deep.equal([200, 'hello', 'r1', 'yes']);
    expect((await get(`${url}/bad`)).status).to.equal(503);
  });

  it('keeps 64 KiB of a body', async () => {
    expect((await get(`${url}/big`)).body.length).to.equal(64 * 1024);
  });

  it('gives status 0 for an application that does not answer', async () => {
    const none = await get(`http://127.0.0.1:${await freePort()}`);
    expect(none.status).to.equal(0);
    expect(none.body).to.match(/refused/i);
    expect((await get(`${url}/slow`, 300)).body).to.equal('timed out');
    expect((await get(`${url}/cut`)).status).to.equal(0);
  });

  it('answers at the time limit when the application accepts and says nothing', async () => {
    const mute = createTcp(() => undefined);
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const { port } = mute.address() as { port: number };
    expect(await get(`http://127.0.0.1:${port}`, 300)).to.deep.include({ status: 0, body: 'timed out' });
    mute.close();
  });

  it('knows whether a port is open', async () => {
    const { host } = fixture();
    const options = { effect: 'read', timeoutMs: 2000 } as const;
    expect(await host.connects('127.0.0.1', Number(new URL(url).port), options)).to.equal(true);
    expect(await host.connects('127.0.0.1', await freePort(), options)).to.equal(false);
  });
}
