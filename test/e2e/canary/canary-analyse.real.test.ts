import { expect } from 'chai';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { needs } from '../../support/needs.ts';
import { startLoad, type Load } from '../../support/http/load.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { Outcome } from '../../support/worlds/world.ts';
import { startTrafficWorld, type TrafficWorld } from '../traffic/traffic-world.ts';

// Short steps, and a margin that can be proven within them.
const rules = `{
  steps: [{ weight: 20%, for: 6s }, { weight: 50%, for: 6s }],
  analysis: { every: 1s, bucket: 1s, warmUp: 0s, maxErrorRateIncrease: 50%, maxLatencyIncrease: off, maxWait: 30s } }`;
const brief = rules.replace('maxWait: 30s', 'maxWait: 2s').replaceAll('for: 6s', 'for: 2s');

describe('canary analyse, end to end', function () {
  this.timeout(120_000);
  before(needs('redis-server', 'sshd', 'git'));

  describe('with traffic', () => {
    let traffic: TrafficWorld;
    let load: Load;
    let redis: Redis;
    before(async () => {
      // The judge is to find it, not the passive revert.
      traffic = await startTrafficWorld({ canary: rules, traffic: 'revert: { errorRate: 100% }' });
      await traffic.ship('1');
      expect((await traffic.deploy('production', '--no-balancer')).code).to.equal(0);
      await traffic.startRouter();
      redis = new Redis(traffic.world.redis.url);
      load = startLoad({ port: traffic.proxy, connections: 8, pauseMs: 5, by: 'x-release' });
    });
    after(async () => {
      await load?.stop();
      redis?.disconnect();
      await traffic?.stop();
    });
    const canary = (...words: string[]): Promise<Outcome> => traffic.canopy('canary', ...words);
    const state = async () => {
      const { enabled, weight, effective } = (await traffic.ask('GET', '/state')).body;
      return { enabled, weight, effective };
    };

    it('has nothing to look at before there is a canary', async () => {
      const { code, json } = await canary('analyse');
      expect([code, json.errors[0].code]).to.deep.equal([1, 'canary-absent']);
    });

    it('goes through the steps, dies in between, goes on where it was, and says pass', async () => {
      const next = await traffic.ship('2');
      expect((await canary('start')).code).to.equal(0);
      const first = traffic.begin('canary', 'analyse');
      await waitFor('the second step', async () => (await state()).weight === 50, 60_000);
      first.child.kill('SIGKILL');
      await first.ended;
      const told = (await redis.get('canopy:shop:analysis')) ?? '';
      const before = JSON.parse(told) as { step: number; release: string; analysis: { buckets: unknown[] } };
      expect(before).to.include({ step: 1, release: next.id });
      expect(before.analysis.buckets.length).to.be.greaterThan(0);
      // The lock of the dead one runs out first.
      const { code, json, stderr } = await waitForLock(() => canary('analyze'));
      expect([code, json.outcome], stderr).to.deep.equal([0, 'pass']);
      expect(stderr).to.contain('goes on with the analysis of step 2 of 2');
      expect(json.data).to.include({ release: next.id, weight: 50, step: 1 });
      expect(json.data.judgement.buckets).to.be.greaterThan(before.analysis.buckets.length);
      expect(json.data.reason).to.match(/^pass after \d+ canary requests: 0 of \d+ failed/);
      expect(await state()).to.deep.equal({ enabled: true, weight: 50, effective: 50 });
    });

    it('lets nobody else judge or deploy the canary meanwhile, and stops in a safe state when told to', async () => {
      const looking = traffic.begin('canary', 'analyse', '--for', '1m');
      await waitFor('the lock', async () =>
        ((await redis.get('canopy:shop:lock:canary')) ?? '').includes('analyse'),
      );
      for (const words of [
        ['canary', 'analyse'],
        ['canary', 'start'],
      ]) {
        const { code } = await traffic.canopy(...words);
        expect(code, words.join(' ')).to.equal(4);
      }
      looking.child.kill('SIGTERM');
      const { code, json } = await looking.ended;
      expect([code, json.outcome]).to.deep.equal([5, 'aborted']);
      expect(await state()).to.deep.equal({ enabled: true, weight: 50, effective: 50 });
    });

    it('ends at once when somebody raises the alert', async () => {
      const looking = traffic.begin('canary', 'analyse', '--for', '1m');
      await waitFor('its first look', async () =>
        ((await redis.get('canopy:shop:analysis')) ?? '').includes('"steps":"50%/60000"'),
      );
      await traffic.ask('POST', '/alert', { reason: 'checkout is slow' });
      const { code, json } = await looking.ended;
      expect([code, json.outcome, json.data.reason]).to.deep.equal([3, 'fail', json.data.reason]);
      expect(json.data.reason).to.contain('checkout is slow');
      expect((await canary('resume')).code).to.equal(0);
    });

    it('takes a canary that fails out of the traffic, in a few buckets', async () => {
      const sick = await traffic.ship('3', 'sick');
      const started = await canary('start');
      expect(started.code, started.stderr).to.equal(0);
      const { code, json, stderr } = await canary('analyse');
      expect([code, json.outcome], stderr).to.deep.equal([3, 'fail']);
      expect(json.data.release).to.equal(sick.id);
      expect(json.data.judgement.buckets).to.be.within(2, 12);
      expect(json.data.reason).to.match(/^fail after \d+ canary requests: (\d+) of \1 failed, stable 0/);
      expect(await state()).to.deep.equal({ enabled: false, weight: 0, effective: 0 });
      const history = await traffic.canopy('history');
      expect(JSON.stringify(history.json.data)).to.contain('canary out: fail after');
    });

    it('refuses to judge without steps and without a time', async () => {
      await traffic.ship('4');
      expect((await canary('start')).code).to.equal(0);
      for (const words of [
        ['--for', '0s'],
        ['--for', 'long'],
      ])
        expect((await canary('analyse', ...words)).code, words.join(' ')).to.equal(2);
    });

    /** Until the lease of one that was killed has run out. */
    async function waitForLock(work: () => Promise<Outcome>): Promise<Outcome> {
      let ran: Outcome | undefined;
      await waitFor(
        'the lock',
        async () => {
          ran = await work();
          return ran.code !== 4;
        },
        60_000,
      );
      return ran as Outcome;
    }
  });

  describe('without traffic', () => {
    let traffic: TrafficWorld;
    before(async () => {
      traffic = await startTrafficWorld({ canary: brief });
      await traffic.ship('1');
      expect((await traffic.deploy('production', '--no-balancer')).code).to.equal(0);
      await traffic.startRouter();
      await traffic.ship('2');
      expect((await traffic.canopy('canary', 'start')).code).to.equal(0);
    });
    after(() => traffic?.stop());

    it('is inconclusive, never a pass, and the canary keeps its share', async () => {
      const { code, json, stderr } = await traffic.canopy('canary', 'analyse');
      expect([code, json.outcome], stderr).to.deep.equal([3, 'inconclusive']);
      expect(json.data).to.include({ weight: 20, step: 0 });
      expect(json.reasons.join('\n')).to.contain('nothing was compared yet');
      expect((await traffic.ask('GET', '/state')).body).to.include({ enabled: true, weight: 20 });
    });

    it('fails when a gate of canopy.yml says no, and tells which and why', async () => {
      const gate =
        "{ name: smoke, command: 'echo $CANOPY_RELEASE at $CANOPY_WEIGHT: checkout is red; exit 1' }";
      const yml = join(traffic.world.repo, 'canopy.yml');
      const before = readFileSync(yml, 'utf8');
      writeFileSync(yml, before.replace('canary: {\n  steps:', `canary: {\n  gates: [${gate}],\n  steps:`));
      const { code, json, stderr } = await traffic.canopy('canary', 'analyse', '--for', '30s');
      writeFileSync(yml, before);
      expect([code, json.outcome], stderr).to.deep.equal([3, 'fail']);
      expect(json.data.reason).to.match(/^gate smoke: .*\d{14}-\S+ at 20: checkout is red/);
      expect((await traffic.ask('GET', '/state')).body).to.include({ enabled: false, effective: 0 });
      expect((await traffic.canopy('canary', 'start')).code).to.equal(0);
    });

    it('tells so when no router counts', async () => {
      await traffic.stopRouter();
      const { code, json } = await traffic.canopy('canary', 'analyse', '--for', '2s');
      expect([code, json.outcome]).to.deep.equal([3, 'inconclusive']);
    });
  });
});
