import { expect } from 'chai';
import { openRedis } from '../../../src/drivers/redis/redis.ts';
import type { Store } from '../../../src/ports/ports.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { needs } from '../../support/needs.ts';
import { waitFor } from '../../support/wait-for.ts';
import { startTrafficWorld, type TrafficWorld } from '../traffic/traffic-world.ts';

const KEY = 'canopy:shop:traffic';

describe('words that a person types, and records that nobody can read, end to end', function () {
  this.timeout(120_000);
  let traffic: TrafficWorld;
  let store: Store;
  before(needs('redis-server', 'sshd', 'git'));
  before(async () => {
    traffic = await startTrafficWorld({ stable: 1 });
    await traffic.startRouter();
    expect((await traffic.canopy('canary', 'weight', '20')).code).to.equal(0);
    const shown = traffic.world.redis.url;
    store = await openRedis({ kind: 'url', url: new Secret(shown), shown, requireAuth: false });
  });
  after(async () => {
    await store?.close();
    await traffic?.stop();
  });

  const canary = (...words: string[]) => traffic.canopy('canary', ...words);
  const effective = async (wanted: number): Promise<void> => {
    const share = async () => (await traffic.ask('GET', '/weight')).body.effective;
    await waitFor(`a share of ${wanted} %`, async () => (await share()) === wanted);
  };
  const stands = async (): Promise<string> => (await store.get(KEY)) ?? '';

  const reasons: Record<string, string> = {
    'two lines': 'checkout\nis slow',
    'emoji and a sequence for terminals, over the length': `\u001b[2J\ud83d${'👩‍👩‍👧‍👦'.repeat(400)}`,
  };
  for (const [what, reason] of Object.entries(reasons))
    it(`an abort for ${what} holds, and everything goes on after it`, async () => {
      await effective(20);
      const aborted = await canary('abort', '--reason', reason);
      expect(aborted.code, aborted.stderr).to.equal(0);
      await effective(0);
      const status = await traffic.canopy('status');
      expect(status.code, status.stderr).to.equal(0);
      const told = status.json.data.traffic.alert.reason as string;
      expect(told).to.match(/^[^\u0000-\u001f\u007f-\u009f]{4,500}$/u);
      for (const words of [['status'], ['resume'], ['weight', '21'], ['weight', '20']])
        expect((await canary(...words)).code, words.join(' ')).to.equal(0);
    });

  it('so does an alert at the admin port, and a maintenance', async () => {
    const raised = await traffic.ask('POST', '/alert', { reason: `two\nlines ${'x'.repeat(3000)}` });
    expect([raised.status, raised.body.reason.length]).to.deep.equal([200, 500]);
    const wanted = { on: true, reason: 'data\nbase\u2028moves' };
    expect((await traffic.ask('PUT', '/maintenance', wanted)).body.reason).to.equal('data base moves');
    expect((await traffic.ask('PUT', '/maintenance', { on: false })).status).to.equal(200);
    await waitFor('the alert in the store', async () => (await stands()).includes('two lines'));
    expect((await canary('resume')).code).to.equal(0);
    await effective(20);
  });

  for (const garbage of ['{"weight":', '[]', `"${'x'.repeat(2_000_000)}"`])
    it(`over ${garbage.slice(0, 12)} an abort holds; what stood there is kept and told`, async () => {
      await store.set(KEY, garbage);
      const refused = await canary('weight', '30');
      expect([refused.code, refused.json.errors[0].code]).to.deep.equal([1, 'store-record']);
      expect(refused.json.errors[0].hint).to.contain('canopy canary abort');
      const status = await traffic.canopy('status');
      expect([status.code, status.json.data.traffic]).to.deep.equal([0, null]);
      expect(status.json.data.unreadable.join()).to.contain(KEY);

      const aborted = await canary('abort', '--reason', 'checkout is slow');
      expect(aborted.code, aborted.stderr).to.equal(0);
      expect(aborted.json.warnings.join()).to.contain('canopy:shop:unreadable:traffic');
      expect(await store.get('canopy:shop:unreadable:traffic')).to.equal(garbage);
      await effective(0);
      expect(JSON.parse(await stands())).to.include({ enabled: false, weight: 0 });
      expect((await canary('resume')).code).to.equal(0);
      await effective(0);
      await store.remove(KEY);
      await waitFor('the state of the router', async () => (await stands()) !== '');
    });

  it('no share, an alert at the admin port and the end of a maintenance are written over one too', async () => {
    const garbage = 'nonsense';
    await store.set(KEY, garbage);
    const none = await canary('weight', '0');
    expect([none.code, none.json.data.weight], none.stderr).to.deep.equal([0, 0]);
    for (const [method, path, body] of [
      ['POST', '/alert', { reason: 'slow' }],
      ['PUT', '/maintenance', { on: true }],
      ['PUT', '/maintenance', { on: false }],
    ] as const) {
      await store.set(KEY, garbage);
      expect((await traffic.ask(method, path, body)).status).to.equal(200);
      await waitFor('a state that can be read', async () => (await stands()).startsWith('{'));
    }
    expect(JSON.parse(await stands())).to.have.nested.property('alert.reason', 'slow');
  });
});
