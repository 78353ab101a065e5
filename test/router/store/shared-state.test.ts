import { expect } from 'chai';
import { apply, read, type TrafficState } from '../../../src/traffic/index.ts';
import { Shared } from '../../../src/router/store/shared-state.ts';
import { trafficState } from '../../../src/store-keys.ts';
import { fakeClock } from '../../fakes/clock.ts';
import { fakeStore } from '../../fakes/store.ts';
import { switchedOn } from '../../support/router/canary-on.ts';
import { keptLog } from '../../support/router/router.ts';

describe("a router's copy of the shared state", () => {
  it('an order to a store that has lost everything is one of the state that was: nobody is put back, no canary out', async () => {
    const clock = fakeClock();
    const store = fakeStore(clock);
    const was = apply(
      switchedOn(33, 7, 'cookie'),
      { kind: 'enable', on: true, salt: 'aa' },
      { kind: 'drain', instance: 'web-1', note: { since: 1, by: 'deploy' } },
    );
    const heard: TrafficState[] = [];
    const shared = new Shared(
      {
        ...{ app: 'shop', id: 'r1', store, clock, log: keptLog() },
        heard: (state) => heard.push(state),
        save: () => Promise.resolve(),
      },
      was,
    );
    await shared.start();
    await store.remove(trafficState('shop'));
    expect(await shared.order({ kind: 'weight', weight: 20 })).to.equal(true);
    const wanted = { epoch: 7, enabled: true, weight: 20, salt: 'aa', sticky: 'cookie' };
    expect(shared.state).to.include(wanted);
    expect(Object.keys(shared.state.drained)).to.deep.equal(['web-1']);
    expect(heard.at(-1)).to.deep.equal(shared.state);
    expect(await read('shop', store)).to.deep.equal(shared.state);
  });
});
