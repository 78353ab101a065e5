import { expect } from 'chai';
import { buildHardening } from '../../../src/config/sections/traffic/limits.ts';
import { parseCounts } from '../../../src/judge/index.ts';
import { countAnswer } from '../../../src/router/fleet/counters.ts';
import { Fleet, type FleetMember, type Origin } from '../../../src/router/fleet/fleet.ts';
import { publishCounters } from '../../../src/router/store/publish-counters.ts';
import { apply, countedBy } from '../../../src/traffic/index.ts';
import { fakeClock } from '../../fakes/clock.ts';
import { fakeStore } from '../../fakes/store.ts';
import { switchedOn } from '../../support/router/canary-on.ts';
import { quietLog } from '../../support/quiet-log.ts';

const origin = (name: string, arm: 'stable' | 'canary'): Origin =>
  ({ name, arm, upstream: { host: name, port: 80 } }) as Origin;

describe('what a router tells the judge', () => {
  const clock = fakeClock();
  const store = fakeStore(clock);
  const origins = [origin('web-1', 'stable'), origin('web-2', 'stable'), origin('can-1', 'canary')];
  const fleet = new Fleet(origins, { rise: 1, fall: 1 }, () => undefined, buildHardening({}, '/'));
  const [web] = fleet.members as readonly [FleetMember, ...FleetMember[]];
  const stop = new AbortController();
  let telling: Promise<void>;

  before(() => {
    for (const member of fleet.members) fleet.checked(member, true);
    telling = publishCounters({ app: 'shop', id: 'r1', fleet, store, clock, log: quietLog() }, stop.signal);
  });
  after(async () => {
    stop.abort();
    await clock.advance(2000);
    await telling;
  });

  /** So many seconds with a request each. */
  const serve = async (seconds: number, status = 200): Promise<void> => {
    for (let second = 0; second < seconds; second += 1) {
      countAnswer(web.counters, status, 0.01);
      await clock.advance(1000);
    }
  };
  const before10 = async () => {
    const [told] = await countedBy('shop', store);
    return parseCounts(told?.before, 'before');
  };

  it('holds what stable did in the last ten minutes, to within half a minute, and no more', async () => {
    await serve(120);
    expect((await before10()).requests).to.be.within(116, 120);
    await serve(10, 503);
    expect((await before10()).errors).to.be.within(8, 10);
    await serve(1000);
    const { requests, errors, latency } = await before10();
    expect(requests).to.be.within(597, 633);
    expect([errors, latency.counts.reduce((sum, one) => sum + one, 0)]).to.deep.equal([0, requests]);
  });

  it('begins anew when an instance of stable comes or goes: it may be another release', async () => {
    const note = { since: 1, by: 'deploy' };
    fleet.apply(apply(switchedOn(0, 1), { kind: 'drain', instance: 'web-2', note }), false);
    await serve(3);
    expect((await before10()).requests).to.be.below(4);
    await serve(30);
    expect((await before10()).requests).to.be.within(28, 33);
  });
});
