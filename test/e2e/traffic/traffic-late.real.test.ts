/** A router that lives, and cannot follow: its lease is renewed, and a share or an abort is not applied in time. */
import { expect } from 'chai';
import { needs } from '../../support/needs.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { Outcome, Running } from '../../support/worlds/world.ts';
import { startTrafficWorld, TOKEN, type TrafficWorld } from './traffic-world.ts';

describe('a router that lives and does not follow, end to end', function () {
  this.timeout(120_000);
  let traffic: TrafficWorld;
  let router: Running | undefined;
  before(needs('redis-server', 'sshd', 'git'));
  before(async () => {
    traffic = await startTrafficWorld({ stable: 1 });
    await traffic.ship('1');
    expect((await traffic.deploy('production', '--no-balancer')).code).to.equal(0);
    await traffic.world.redis.tell('ACL', 'SETUSER', 'router', 'on', '>secret-of-it', '~*', '&*', '+@all');
    const store = new URL(traffic.world.redis.url);
    [store.username, store.password] = ['router', 'secret-of-it'];
    router = traffic.world.begin(['router'], { CANOPY_TOKEN: TOKEN, CANOPY_STORE: store.href });
    await waitFor(
      'the router',
      async () => (await traffic.ask('GET', '/healthz').catch(() => null))?.status === 200,
    );
    await traffic.ship('2');
    const started = await traffic.canopy('canary', 'start', '--weight', '30');
    expect(started.code, started.stderr).to.equal(0);
  });
  after(async () => {
    router?.child.kill('SIGTERM');
    await router?.ended;
    await traffic?.stop();
  });

  /** Whether the router may read and write anything of the store but its own lease. */
  const follows = (may: boolean): Promise<unknown> =>
    traffic.world.redis.tell('ACL', 'SETUSER', 'router', 'resetkeys', may ? '~*' : '~canopy:shop:router:*');
  const effective = async (): Promise<number> => (await traffic.ask('GET', '/weight')).body.effective;
  const stored = async (): Promise<{ weight: number; alert: unknown }> =>
    (await traffic.canopy('canary', 'status')).json.data;
  function isLate({ code, json, stderr }: Outcome): void {
    expect([code, json.errors?.[0]?.code], stderr).to.deep.equal([1, 'balancer-late']);
    expect(json.errors[0].message).to.match(/^the traffic state is changed, but not applied by \S+$/);
    expect(json.errors[0].hint).to.contain('requests are still split as before there; run the same again');
    expect(router?.child.exitCode).to.equal(null);
  }

  for (const [says, words, was, then] of [
    ['a share', ['canary', 'weight', '50'], 30, 50],
    ['an abort', ['canary', 'abort', '--reason', 'checkout is slow'], 50, 0],
    ['the end of an alert', ['canary', 'resume'], 0, 50],
  ] as const)
    it(`is named, for ${says}; the same again is done when it follows`, async () => {
      await follows(false);
      try {
        isLate(await traffic.canopy(...words));
        expect(await effective()).to.equal(was);
        // It stands in the store all the same.
        if (says === 'a share') expect((await stored()).weight).to.equal(then);
      } finally {
        await follows(true);
      }
      const { code, json, stderr } = await traffic.canopy(...words);
      expect([code, json.errors], stderr).to.deep.equal([0, []]);
      expect(await effective()).to.equal(then);
    });
});
