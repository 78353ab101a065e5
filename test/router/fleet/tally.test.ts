import { expect } from 'chai';
import { parseCounts } from '../../../src/judge/index.ts';
import { countAnswer, newCounters } from '../../../src/router/fleet/counters.ts';
import { tallyOf } from '../../../src/router/stats/tally.ts';

describe('router/tally', () => {
  it('is nothing before anything was asked', () => {
    expect(tallyOf([])).to.include({ requests: 0, errors: 0, timeouts: 0 });
    expect(tallyOf([{ counters: newCounters() }])).to.include({ requests: 0, errors: 0, timeouts: 0 });
  });

  it('adds up what the instances of an arm did, and times what is no error', () => {
    const [one, two] = [newCounters(), newCounters()];
    countAnswer(one, 200, 0.02);
    countAnswer(one, 404, 0.01);
    countAnswer(one, 503, 0.001);
    countAnswer(two, 101, null);
    // An answer that broke off, a request without an answer in time, one that another instance then answered.
    countAnswer(two, 200, null);
    two.broken += 1;
    countAnswer(two, 0, 30);
    two.timeouts += 1;
    two.retried += 1;
    const tally = tallyOf([{ counters: one }, { counters: two }]);
    expect(tally).to.include({ requests: 7, errors: 4, timeouts: 1 });
    expect(tally.byClass).to.deep.equal({
      '1xx': 1,
      '2xx': 2,
      '3xx': 0,
      '4xx': 1,
      '5xx': 1,
      reset: 1,
      timeout: 1,
      broken: 1,
    });
    expect(tally.latency.counts.reduce((sum, count) => sum + count, 0)).to.equal(2);
    expect(parseCounts(JSON.parse(JSON.stringify(tally)), 'canary')).to.deep.equal(tally);
  });

  it('does not count a client that went away', () => {
    const counters = newCounters();
    counters.aborted += 3;
    expect(tallyOf([{ counters }])).to.include({ requests: 0, errors: 0 });
  });
});
