import { expect } from 'chai';
import { Agent, request, type IncomingHttpHeaders } from 'node:http';
import { startRouter, type RunningRouter } from '../../support/router/router.ts';
import { hashOf, material, startUpstream, type Upstream } from '../../support/http/upstream.ts';
import { waitFor } from '../../support/wait-for.ts';

interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly trailers: NodeJS.Dict<string>;
  readonly hints: number[];
}

const sizes = [1, 100, 1024, 16_384, 65_536, 100_000, 1_000_000, 5 << 20];

describe('router: what passes through', function () {
  this.timeout(120_000);
  let stable: Upstream;
  let canary: Upstream;
  let router: RunningRouter;
  const agent = new Agent({ keepAlive: true, maxSockets: 20 });

  before(async () => {
    [stable, canary] = await Promise.all([startUpstream('web-1'), startUpstream('canary-1')]);
    router = await startRouter({ stable: [stable], canary: [canary] });
  });
  after(async () => {
    agent.destroy();
    await router.stop();
    await Promise.all([stable.kill(), canary.kill()]);
  });
  afterEach('nothing stays in flight', async () => {
    await waitFor('no request in flight', async () => (await flying(router)) === 0);
  });

  function go(
    path: string,
    method = 'GET',
    body?: Buffer,
    more: { slow?: boolean; headers?: Record<string, string> } = {},
  ): Promise<Got> {
    return new Promise((resolve, reject) => {
      const hints: number[] = [];
      const req = request(
        { port: router.proxy.port, host: '127.0.0.1', path, method, agent, headers: more.headers ?? {} },
        (res) => {
          const chunks: Buffer[] = [];
          res.on('data', (chunk: Buffer) => {
            chunks.push(chunk);
            if (more.slow !== true) return;
            res.pause();
            setTimeout(() => res.resume(), 2);
          });
          res.on('end', () =>
            resolve({
              status: res.statusCode ?? 0,
              headers: res.headers,
              body: Buffer.concat(chunks),
              trailers: res.trailers,
              hints,
            }),
          );
          res.on('error', reject);
        },
      );
      req.on('information', (info) => hints.push(info.statusCode));
      req.on('error', reject);
      req.end(body);
    });
  }

  it('bodies come whole: by length, chunked, to slow readers', async () => {
    const tasks = sizes.flatMap((n) =>
      ['', '&chunked'].flatMap((how) =>
        [false, true].map(async (slow) => {
          const got = await go(`/bytes?n=${n}${how}`, 'GET', undefined, { slow });
          expect(got.status).to.equal(200);
          expect(hashOf(got.body), `${n}${how}`).to.equal(hashOf(material.subarray(0, n)));
        }),
      ),
    );
    await Promise.all(tasks);
  });

  it('request bodies arrive whole, and go back', async () => {
    await Promise.all(
      sizes.flatMap((n) => {
        const sent = material.subarray(0, n);
        return [
          go('/hash', 'POST', sent).then((got) => expect(got.body.toString()).to.equal(hashOf(sent))),
          go('/echo', 'PUT', sent, { headers: { 'transfer-encoding': 'chunked' } }).then((got) =>
            expect(hashOf(got.body)).to.equal(hashOf(sent)),
          ),
        ];
      }),
    );
  });

  it('HEAD, 204 and 304 have no body, and keep the connection usable', async () => {
    for (let round = 0; round < 6; round += 1) {
      const head = await go('/bytes?n=5000', 'HEAD');
      expect([head.status, head.headers['content-length'], head.body.length]).to.deep.equal([200, '5000', 0]);
      const none = await go('/204');
      expect([none.status, none.body.length]).to.deep.equal([204, 0]);
      const same = await go('/304');
      expect([same.status, same.body.length, same.headers.etag]).to.deep.equal([304, 0, '"x"']);
    }
  });

  it('an empty POST and a DELETE with a body pass', async () => {
    expect((await go('/hash', 'POST')).body.toString()).to.equal(hashOf(Buffer.alloc(0)));
    expect(
      (
        await go('/hash', 'DELETE', Buffer.from('abc'), { headers: { 'content-length': '3' } })
      ).body.toString(),
    ).to.equal(hashOf(Buffer.from('abc')));
  });

  it('Expect: 100-continue is answered and the body passes', async () => {
    const got = await go('/hash', 'POST', Buffer.from('later'), { headers: { expect: '100-continue' } });
    expect(got.body.toString()).to.equal(hashOf(Buffer.from('later')));
  });

  it('trailers pass to a client that wants them, and only to it', async () => {
    const wants = await go('/trailers', 'GET', undefined, { headers: { te: 'trailers' } });
    expect(wants.trailers).to.deep.equal({ 'x-sum': '42' });
    expect((await go('/trailers')).trailers).to.deep.equal({});
  });

  it('early hints pass', async () => {
    const got = await go('/hints');
    expect([got.status, got.hints]).to.deep.equal([200, [103]]);
  });

  it('an answer before the end of the upload reaches the client, which then goes on', async () => {
    const got = await go('/early', 'POST', material.subarray(0, 3_000_000));
    expect(got.status).to.equal(413);
    expect((await go('/')).status).to.equal(200);
  });

  it('a body that breaks off is never ended cleanly', async () => {
    for (const path of ['/half', '/half-chunked']) {
      const error = await go(path).then(
        () => null,
        (failure: Error) => failure,
      );
      expect(error, path).to.be.instanceOf(Error);
    }
  });

  it('a client that goes away frees the instance', async () => {
    const gone = (path: string, method: string): Promise<void> =>
      new Promise((resolve) => {
        const req = request(
          { port: router.proxy.port, host: '127.0.0.1', path, method, agent: false },
          (res) => {
            res.once('data', () => req.destroy());
            res.on('error', () => resolve());
            res.once('close', () => resolve());
          },
        );
        req.on('error', () => resolve());
        if (method === 'POST') {
          req.write(material.subarray(0, 100_000));
          setTimeout(() => req.destroy(), 30);
        } else {
          req.end();
          setTimeout(() => req.destroy(), 30);
        }
      });
    await Promise.all([
      ...Array.from({ length: 10 }, () => gone('/bytes?n=5000000', 'GET')),
      ...Array.from({ length: 10 }, () => gone('/slow?ms=60000', 'GET')),
      ...Array.from({ length: 10 }, () => gone('/hash', 'POST')),
      ...Array.from({ length: 5 }, () => gone('/hold', 'GET')),
    ]);
    await waitFor('no request in flight', async () => (await flying(router)) === 0);
    await waitFor('instances are free', () => stable.active + canary.active === 0);
  });

  it('says 502 when the instance closes without an answer, after trying another for a safe request', async () => {
    const before = stable.seen + canary.seen;
    expect((await go('/reset')).status).to.equal(502);
    expect(stable.seen + canary.seen - before).to.equal(2);
    expect((await go('/reset', 'POST', Buffer.from('x'))).status).to.equal(502);
    expect(stable.seen + canary.seen - before, 'a POST is not repeated').to.equal(3);
  });
});

async function flying(router: RunningRouter): Promise<number> {
  const { body } = await router.admin('GET', '/state');
  const members = [...body.arms.stable, ...body.arms.canary] as { inFlight: number }[];
  return members.reduce((sum, one) => sum + one.inFlight, 0);
}
