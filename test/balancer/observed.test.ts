import { expect } from 'chai';
import fc from 'fast-check';
import { countedRecord, keepCounts, observedSince } from '../../src/balancer/observed.ts';
import type { CounterReading } from '../../src/haproxy/index.ts';
import { fakeStore } from '../fakes/store.ts';
import { lawsOf, words } from '../support/services/record-laws.ts';

const key = 'canopy:shop:haproxy';
const counters = (n: number): CounterReading['servers'][string] => ({
  ...{ requests: n, unconnected: 0, unanswered: 0, answerMs: 1.5 },
  answers: { '1xx': 0, '2xx': n, '3xx': 0, '4xx': 0, '5xx': 0, other: 0 },
});
const reading = (web: number, can: number): CounterReading => ({
  ...{ host: 'lb-1', pid: 7 },
  servers: { 'web-1': counters(web), 'can-1': counters(can) },
});
const arms = {
  stable: [{ instance: 'web-1', server: 'web-1' }],
  canary: [{ instance: 'can-1', server: 'can-1' }],
};

describe('what HAProxy has counted since the share last changed', () => {
  it('is told from what was counted then', async () => {
    const store = fakeStore();
    await keepCounts('shop', store, 20, [reading(100, 10)]);
    await keepCounts('shop', store, 20, [reading(900, 90)]);
    const since = await observedSince('shop', store, [reading(180, 30)], arms);
    expect(since).to.deep.equal({ requests: 100, share: 20 });
  });

  for (const text of [
    '{',
    'null',
    '{"share":20,"readings":[{"host":"lb-1","pid":7,"servers":{"web-1":{}}}]}',
  ])
    it(`is not known over ${text}, and begins anew`, async () => {
      const store = fakeStore();
      await store.set(key, text);
      expect(await observedSince('shop', store, [reading(1, 1)], arms)).to.equal(null);
      await keepCounts('shop', store, 20, [reading(0, 0)]);
      expect((await observedSince('shop', store, [reading(1, 1)], arms))?.share).to.equal(50);
    });

  lawsOf(
    countedRecord,
    fc.record({
      share: fc.nat(100),
      readings: fc.array(
        fc.record({
          host: words,
          pid: fc.nat(),
          servers: fc.dictionary(fc.constantFrom('web-1', 'constructor'), fc.nat().map(counters), {
            noNullPrototype: true,
          }),
        }),
        { maxLength: 2 },
      ),
    }),
  );
});
