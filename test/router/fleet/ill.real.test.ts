import { expect } from 'chai';
import { buildHardening } from '../../../src/config/sections/traffic/limits.ts';
import { openClient } from '../../support/http/client.ts';
import { lost, startLoad } from '../../support/http/load.ts';
import { startRouter, type RunningRouter } from '../../support/router/router.ts';
import { ok, said, startStrict, type StrictBackend } from '../../support/http/strict-backend.ts';
import { startUpstream, type Upstream } from '../../support/http/upstream.ts';
import { waitFor } from '../../support/wait-for.ts';

const { circuit } = buildHardening({}, '/');
// Long enough for some requests within it, also on a busy machine.
const quick = { ...circuit, failures: 3, openMs: 2000, longestMs: 2500 };

describe('router: an instance that is well and does not answer', function () {
  this.timeout(120_000);
  let backends: StrictBackend[];
  let router: RunningRouter;
  const begin = async (count: number, more = {}): Promise<void> => {
    backends = await Promise.all(Array.from({ length: count }, (_, at) => startStrict(`web-${at + 1}`)));
    router = await startRouter({ stable: backends, traffic: { circuit: { ...quick, ...more } } });
  };
  afterEach(async () => {
    await router.stop();
    await Promise.all(backends.map((one) => one.stop()));
  });
  const get = async (path = '/a'): Promise<number> => (await fetch(`${router.url}${path}`)).status;
  const circuits = async (): Promise<string[]> =>
    ((await router.admin('GET', '/state')).body.arms.stable as { circuit: string }[]).map(
      (one) => one.circuit,
    );
  const reset: StrictBackend['answer'] = (_, socket) => socket.resetAndDestroy();

  it('is spared after failures in a row, tried by one request, and back when that is answered', async () => {
    await begin(3);
    const [ill] = backends as [StrictBackend];
    ill.answer = reset;
    while ((await circuits())[0] === 'closed') expect(await get()).to.equal(200);
    expect(ill.messages.length).to.equal(3);
    for (let i = 0; i < 12; i += 1) await get();
    expect(ill.messages.length, 'spared').to.equal(3);
    await waitFor('a trial', async () => (await get()) === 200 && ill.messages.length === 4);
    for (let i = 0; i < 12; i += 1) await get();
    expect(ill.messages.length, 'spared again').to.equal(4);
    ill.answer = null;
    await waitFor('it to be back', async () => (await get()) === 200 && (await circuits())[0] === 'closed');
    const before = ill.messages.length;
    for (let i = 0; i < 9; i += 1) await get();
    expect(ill.messages.length - before).to.be.within(2, 4);
    expect(router.log.lines.join('\n')).to.contain('fails requests').and.contain('answers again');
  });

  it('takes part all the same when half of its arm would be out: nobody is left without an answer', async () => {
    await begin(2);
    for (const one of backends) one.answer = reset;
    for (let i = 0; i < 20; i += 1) expect(await get()).to.equal(502);
    expect(await circuits()).to.deep.equal(['open', 'open']);
    const before = backends.map((one) => one.messages.length);
    for (let i = 0; i < 10; i += 1) await get();
    backends.forEach((one, at) => expect(one.messages.length).to.be.greaterThan((before[at] ?? 0) + 4));
    for (const one of backends) one.answer = null;
    for (let i = 0; i < 10; i += 1) expect(await get()).to.equal(200);
  });

  it('may be judged by 5xx too', async () => {
    await begin(2, { on5xx: true });
    const [ill] = backends as [StrictBackend];
    ill.answer = (message, socket) =>
      socket.write(ok(said(message)).replace('200 OK', '503 Service Unavailable'));
    for (let i = 0; i < 12; i += 1) await get();
    expect(await circuits()).to.deep.equal(['open', 'closed']);
    expect(ill.messages.length).to.equal(3);
  });

  it('is not blamed for a client that goes away', async () => {
    await begin(1);
    const [one] = backends as [StrictBackend];
    let closed = 0;
    one.answer = (_, socket) => socket.once('close', () => (closed += 1));
    for (let round = 1; round <= 5; round += 1) {
      const client = await openClient(router.proxy.port);
      client.send(
        round % 2 === 0
          ? 'GET /gone HTTP/1.1\r\nHost: x\r\n\r\n'
          : 'POST /gone HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello',
      );
      await waitFor('it to arrive', () => one.messages.length === round);
      client.socket.destroy();
      await waitFor('the instance to see that nobody waits', () => closed === round);
    }
    const half = await openClient(router.proxy.port);
    half.send('POST /half HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nhello');
    await waitFor('a part of it to arrive', () => one.middle() === 1);
    half.socket.destroy();
    await waitFor('the instance to see it', () => one.broken === 1);
    await waitFor('nothing in flight', async () => (await state()).inFlight === 0);
    expect(await state()).to.include({ circuit: 'closed', failed: 0, health: 'healthy' });
    const { text } = await router.admin('GET', '/metrics', undefined, null);
    expect(text).to.match(/aborted_total\{[^}]*\} 6\n/);
    async function state() {
      return (await router.admin('GET', '/state')).body.arms.stable[0];
    }
  });
});

const revert = {
  errorRate: 5,
  windowMs: 1000,
  minRequests: 1000,
  resume: 'auto' as const,
  afterMs: 300,
  maxAfterMs: 300,
};

describe('router: an instance that is back', function () {
  this.timeout(120_000);
  let stable: Upstream[];
  let canary: Upstream;
  let router: RunningRouter;
  before(async () => {
    stable = await Promise.all([startUpstream('web-1'), startUpstream('web-2')]);
    canary = await startUpstream('canary-1');
    router = await startRouter({
      stable,
      canary: [canary],
      traffic: { slowStartMs: 6_000_000, weight: 25, revert },
    });
  });
  after(async () => {
    await router.stop();
    await Promise.all([...stable, canary].map((one) => one.kill()));
  });

  it('begins slowly; the share of the canary is exact all the same', async () => {
    const count = () => startLoad({ port: router.proxy.port, by: 'x-instance', requests: 1000 }).done;
    const even = await count();
    expect(even.byHeader['web-1'], 'at the start all are alike').to.be.within(370, 380);
    await stable[0]?.kill();
    await waitFor('it to be missed', async () => (await health()) === 'unhealthy');
    await stable[0]?.revive();
    await waitFor('it to be back', async () => (await health()) === 'healthy');
    const slow = await count();
    expect(lost(slow)).to.equal(0);
    expect(slow.byHeader['canary-1']).to.be.within(249, 251);
    // A tenth of the turns at first.
    expect(slow.byHeader['web-1']).to.be.within(50, 90);
  });

  it('that was the only one of its arm gets everything', async () => {
    await canary.kill();
    await waitFor('it to be missed', async () => (await health('canary')) === 'unhealthy');
    await canary.revive();
    await waitFor('it to be back', async () => (await health('canary')) === 'healthy');
    await waitFor(
      'its share to be back',
      async () => (await router.admin('GET', '/weight')).body.effective === 25,
    );
    const counted = await startLoad({ port: router.proxy.port, by: 'x-instance', requests: 400 }).done;
    expect(counted.byHeader['canary-1']).to.be.within(99, 101);
  });

  async function health(arm = 'stable'): Promise<string> {
    return (await router.admin('GET', '/state')).body.arms[arm][0].health;
  }
});
