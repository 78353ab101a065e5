import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect } from 'chai';

describe('the server', () => {
  let child;
  let base;

  beforeEach(async () => {
    const redisUrl = `redis://127.0.0.1:${await closedPort()}/0`;
    const env = { ...process.env, HOST: '127.0.0.1', PORT: '0', REDIS_URL: redisUrl, CANOPY_RELEASE: 'r7' };
    child = spawn(process.execPath, ['src/server.js'], { env, stdio: ['ignore', 'pipe', 'ignore'] });
    for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
      const port = /listens on .*:(\d+)/.exec(String(chunk))?.[1];
      if (port) {
        base = `http://127.0.0.1:${port}`;
        return;
      }
    }
    throw new Error('it never listened');
  });
  afterEach(() => child.kill('SIGKILL'));

  it('stays up and keeps to the defaults while Redis is away', async () => {
    expect((await fetch(`${base}/health`)).status).to.equal(200);
    expect(await (await fetch(base)).text()).to.include('flag checkout off');
  });

  it('ends by itself on SIGTERM, although a client keeps its connection', async () => {
    const answer = await fetch(`${base}/health`);
    expect(answer.headers.get('x-release')).to.equal('r7');
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    expect(code).to.equal(0);
  });
});

/** A port at which nobody listens. */
async function closedPort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
