import { expect } from 'chai';
import type { AuditEntry } from '../../src/audit/parse.ts';
import { dora, type DoraInput } from '../../src/history/dora.ts';
import { actionsOf } from '../../src/history/parse.ts';
import { doraTable } from '../../src/history/table.ts';
import { acted, commit, minute, release, start, stream, unfinished } from './entries.ts';

const day = 1440;
const of = (entries: AuditEntry[][], more: Partial<DoraInput> = {}) =>
  dora({
    environment: 'production',
    actions: actionsOf(stream(...entries)),
    since: null,
    now: start + 10 * day * minute,
    commitTimes: new Map(),
    ...more,
  });
const [r1, r2, r3] = [release(1), release(2), release(3)];

describe('the DORA figures', () => {
  it('say that there is not enough data, and from how little', () => {
    const none = of([]);
    expect(none.deploymentFrequency).to.deep.equal({ perDay: null, events: 0 });
    expect(none.leadTime).to.deep.equal({ medianMs: null, events: 0, unknown: 0 });
    expect(none.changeFailureRate).to.deep.equal({ percent: null, failures: 0, events: 0 });
    expect(none.timeToRestore).to.deep.equal({ medianMs: null, events: 0, open: 0 });
    const one = of([acted(0, { release: r1 })]);
    expect([one.deploymentFrequency.perDay, one.changeFailureRate.percent]).to.deep.equal([null, null]);
    expect(doraTable(one).match(/not enough data/g)).to.have.length(4);
  });

  it('count what is a change of the environment, and nothing else', () => {
    const { deploymentFrequency, changeFailureRate } = of([
      acted(0, { release: r1 }),
      acted(1 * day, { release: r2, outcome: 'unchanged' }),
      acted(2 * day, { release: r2, outcome: 'failed' }),
      acted(3 * day, { release: r2, outcome: 'aborted' }),
      unfinished(4 * day, { release: r2 }),
      acted(5 * day, { release: r2 }),
      acted(6 * day, { release: r1, action: 'rollback', previous: r3 }),
      acted(7 * day, { action: 'flag set' }),
      acted(8 * day, { release: r3 }),
    ]);
    expect(deploymentFrequency).to.deep.equal({ perDay: 0.3, events: 3 });
    expect(changeFailureRate).to.deep.equal({ percent: 0, failures: 0, events: 3 });
  });

  it('take the frequency over the time that is asked for, a day at least', () => {
    const two = [acted(0, { release: r1 }), acted(10, { release: r2 })];
    const soon = of(two, { now: start + 20 * minute });
    expect(soon.deploymentFrequency.perDay).to.equal(2);
    const week = of(two, { since: start - 4 * day * minute, now: start + 4 * day * minute });
    expect([week.deploymentFrequency.perDay, week.from]).to.deep.equal([0.25, start - 4 * day * minute]);
    expect(of(two, { since: start + 5 * minute }).deploymentFrequency.events).to.equal(1);
  });

  it('take the lead time from the commit to the end of its deploy: the median', () => {
    const entries = [1, 2, 3, 4].map((n) =>
      acted(n * 100, { release: release(n), commit: commit(n), took: 10 }),
    );
    const times = new Map([1, 2, 3].map((n) => [commit(n), start + (n * 100 - n * 20) * minute]));
    const { leadTime } = of(entries, { commitTimes: times });
    expect(leadTime).to.deep.equal({ medianMs: 50 * minute, events: 3, unknown: 1 });
  });

  it('count as failed what was reverted, left mixed or frozen, or rolled back by hand', () => {
    const { changeFailureRate, timeToRestore } = of([
      acted(0, { release: r1 }),
      acted(100, { release: r2, previous: r1, outcome: 'reverted', took: 9, revertMs: 2 * minute }),
      acted(200, { release: r2, previous: r1, outcome: 'mixed', took: 5 }),
      acted(215, { action: 'rollback', release: r1, previous: r2, took: 5 }),
      acted(300, { release: r3, previous: r1 }),
      acted(331, { action: 'rollback', release: r1, previous: r3, took: 10 }),
      acted(400, { release: r2, outcome: 'frozen' }),
    ]);
    expect(changeFailureRate).to.deep.equal({ percent: 80, failures: 4, events: 5 });
    // 2 minutes by itself, 15 from the mixed end to the end of the rollback, 40 by hand; the last one stands.
    expect(timeToRestore).to.deep.equal({ medianMs: 15 * minute, events: 3, open: 1 });
  });

  it('do not blame a release for the rollback of a later one', () => {
    const { changeFailureRate } = of([
      acted(0, { release: r1 }),
      acted(10, { release: r2, previous: r1 }),
      acted(20, { action: 'rollback', release: r1, previous: r2 }),
    ]);
    expect(changeFailureRate).to.deep.equal({ percent: 50, failures: 1, events: 2 });
  });

  it('are a table that names the events behind each', () => {
    const text = doraTable({
      environment: 'production',
      from: start,
      to: start + 20 * day * minute,
      deploymentFrequency: { perDay: 0.7, events: 14 },
      leadTime: { medianMs: 192 * minute, events: 12, unknown: 2 },
      changeFailureRate: { percent: 14.29, failures: 2, events: 14 },
      timeToRestore: { medianMs: null, events: 1, open: 1 },
    });
    expect(text.split('\n')).to.deep.equal([
      'production, 2026-11-01 00:00:00 to 2026-11-21 00:00:00 UTC',
      '  deployment frequency   4.9 a week       14 deploys',
      '  lead time for changes  3 h 12 min       median of 12 deploys; 2 commits not in this clone',
      '  change failure rate    14.3 %           2 of 14 deploys',
      '  time to restore        not enough data  median of 1 failure; 1 not mended yet',
    ]);
  });
});
