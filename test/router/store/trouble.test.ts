import { expect } from 'chai';
import type { Store } from '../../../src/ports/ports.ts';
import { withTimeout } from '../../../src/shared/time.ts';
import { Shared } from '../../../src/router/store/shared-state.ts';
import { troubleOf } from '../../../src/router/store/trouble.ts';
import { fail } from '../../../src/errors.ts';
import { trafficState } from '../../../src/store-keys.ts';
import { parseState } from '../../../src/traffic/index.ts';
import { fakeClock } from '../../fakes/clock.ts';
import { fakeStore } from '../../fakes/store.ts';
import { switchedOn } from '../../support/router/canary-on.ts';
import { quietLog } from '../../support/quiet-log.ts';

const url = 'redis://r:6379/0';

describe('what keeps a router from following the store', () => {
  const cases: [string, unknown, boolean, RegExp][] = [
    ['no answer', fail('store-unreachable', { url, reason: 'refused' }), false, /^the store does not answer/],
    ['a replica', fail('store-readonly', { url }), false, /takes no writes/],
    ['a refusal', fail('store-refused', { url, reason: 'NOPERM' }), false, /NOPERM/],
    ['a record of others', fail('store-record', { key: 'k', reason: 'no JSON' }), true, /not one of ours/],
    ['others write without end', fail('traffic-contended', { key: 'k', tries: 30 }), true, /30 times/],
    [
      'a fault of ours',
      new TypeError('x is not a function'),
      true,
      /^a defect of Canopy: TypeError: x is not/,
    ],
  ];
  for (const [name, error, up, text] of cases)
    it(`${name}: the store ${up ? 'has answered' : 'is away'}`, () => {
      expect(troubleOf(error).up).to.equal(up);
      expect(troubleOf(error).text).to.match(text);
    });
  it('an answer that is late: the store is away', async () => {
    const late = await withTimeout(new Promise(() => undefined), 1).catch((error: unknown) => error);
    expect(troubleOf(late)).to.deep.equal({
      up: false,
      text: 'the store does not answer (no answer within 1 ms)',
    });
  });
});

describe('a router beside a store whose record cannot be read', () => {
  const clock = fakeClock();
  const open = (store: Store) => {
    const log = quietLog();
    const hooks = { heard: () => undefined, save: () => Promise.resolve() };
    return {
      log,
      shared: new Shared({ app: 'shop', id: 'r1', store, clock, log, ...hooks }, switchedOn(50, 7)),
    };
  };

  it('says what is wrong, once, and that it is over', async () => {
    const store = fakeStore(clock);
    await store.set(trafficState('shop'), '{"weight":');
    const { log, shared } = open(store);
    await shared.start();
    await shared.start();
    expect(shared.storeUp).to.equal(true);
    const warned = log.lines.filter((line) => line.startsWith('warn'));
    expect(warned).to.have.length(1);
    expect(warned[0]).to.contain('canopy:shop:traffic').and.contain('canopy canary abort');
    expect(warned[0]).to.not.contain('does not answer');
    await store.remove(trafficState('shop'));
    await shared.start();
    expect(log.lines.at(-1)).to.contain('followed again');
  });

  it('an alert goes into the store all the same', async () => {
    const store = fakeStore(clock);
    await store.set(trafficState('shop'), '{"weight":');
    const { shared } = open(store);
    await shared.start();
    await shared.raise({ since: 1, by: 'monitor', reason: 'two\nlines' });
    await shared.start();
    const parsed = parseState((await store.get(trafficState('shop'))) ?? '');
    expect(parsed.ok && parsed.value.alert?.reason).to.equal('two lines');
  });

  it('a defect of ours is told as one', async () => {
    const store: Store = { ...fakeStore(clock), get: () => Promise.reject(new TypeError('no such thing')) };
    const { log, shared } = open(store);
    await shared.start();
    expect(log.lines.join()).to.contain('a defect of Canopy').and.not.contain('does not answer');
  });
});
