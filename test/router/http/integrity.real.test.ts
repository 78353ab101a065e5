import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { Agent, request } from 'node:http';
import { chanceOf, type Chance } from '../../soak/random.ts';
import { startRouter, type RunningRouter } from '../../support/router/router.ts';
import { hashOf, material, startUpstream, type Upstream } from '../../support/http/upstream.ts';
import { waitFor } from '../../support/wait-for.ts';

/** Bytes of a download that one client reads slowly, another gives up, while a third sends. */
describe('router: bodies, end to end', function () {
  this.timeout(120_000);
  const seed = Date.now() % 2 ** 31;
  let instances: Upstream[];
  let router: RunningRouter;
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  before(async () => {
    instances = await Promise.all([startUpstream('web-1'), startUpstream('web-2')]);
    router = await startRouter({ stable: instances });
  });
  after(async () => {
    agent.destroy();
    await router.stop();
    await Promise.all(instances.map((one) => one.kill()));
  });

  it(`are what was sent, whoever goes away beside them (300 of all kinds, seed ${seed})`, async () => {
    const done: Record<string, number> = {};
    await Promise.all(
      Array.from({ length: 12 }, async (_, worker) => {
        const chance = chanceOf(seed + worker);
        for (let i = 0; i < 25; i += 1) {
          const kind = await one(chance);
          done[kind] = (done[kind] ?? 0) + 1;
        }
      }),
    );
    expect(done).to.include.keys('download', 'upload', 'both', 'head', 'aborted');
    await waitFor('no request in flight', async () => {
      const { body } = await router.admin('GET', '/state');
      const members = body.arms.stable as { inFlight: number; circuit: string }[];
      expect(members.map(({ circuit }) => circuit)).to.deep.equal(['closed', 'closed']);
      return members.every(({ inFlight }) => inFlight === 0);
    });
    await waitFor('the instances to be free', () => instances.every(({ active }) => active === 0));
  });

  async function one(chance: Chance): Promise<string> {
    const n = chance.pick([0, 1, 1000, 16_384, 65_537, 300_000, 2_000_000]);
    const sent = material.subarray(0, n);
    const chunked = chance.hit(0.5);
    const [slow, gone] = [chance.hit(0.2), chance.hit(0.15)];
    const kind = gone ? 'aborted' : chance.pick(['download', 'upload', 'both', 'head', '204', '304']);
    switch (kind) {
      case 'download':
        expect(await go('GET', `/bytes?n=${n}${chunked ? '&chunked' : ''}`, null, slow)).to.equal(
          hashOf(sent),
        );
        break;
      case 'both':
        expect(await go('PUT', '/echo', sent, slow, chunked)).to.equal(hashOf(sent));
        break;
      case 'upload':
        expect(await go('POST', '/hash', sent, slow, chunked)).to.equal(hashOf(Buffer.from(hashOf(sent))));
        break;
      case 'aborted':
        await go('PUT', '/echo', material, true, chunked, n).catch(() => undefined);
        break;
      default:
        expect(
          await go(kind === 'head' ? 'HEAD' : 'GET', kind === 'head' ? '/bytes' : `/${kind}`, null, slow),
        ).to.equal(hashOf(Buffer.alloc(0)));
    }
    return kind;
  }

  /** The hash of the answer's body. `leaveAt`: the client goes away after so many bytes of it. */
  function go(
    method: string,
    path: string,
    body: Buffer | null,
    slow: boolean,
    chunked = false,
    leaveAt?: number,
  ) {
    return new Promise<string>((resolve, reject) => {
      const headers: Record<string, string> = chunked ? { 'transfer-encoding': 'chunked' } : {};
      const req = request(
        { port: router.proxy.port, host: '127.0.0.1', method, path, agent, headers },
        (res) => {
          const hash = createHash('sha256');
          let length = 0;
          res.on('data', (chunk: Buffer) => {
            hash.update(chunk);
            length += chunk.length;
            if (leaveAt !== undefined && length >= leaveAt) req.destroy();
            if (!slow) return;
            res.pause();
            setTimeout(() => res.resume(), 1);
          });
          res.on('error', reject).once('end', () => resolve(hash.digest('hex')));
        },
      );
      req.on('error', reject);
      for (let at = 0; body !== null && at < body.length; at += 100_000)
        req.write(body.subarray(at, at + 100_000));
      req.end();
    });
  }
});
