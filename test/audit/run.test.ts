import { expect } from 'chai';
import { history, openAudit, paired } from '../../src/audit/index.ts';
import { fakeClock } from '../fakes/clock.ts';
import { fakeStore } from '../fakes/store.ts';
import { quietLog } from '../support/quiet-log.ts';

const actor = { name: 'shop #7', url: 'http://jenkins/7/' };

function world() {
  const clock = fakeClock();
  const store = fakeStore(clock);
  const log = quietLog();
  const lost: Readonly<Record<string, string>>[] = [];
  const audit = openAudit({ app: 'shop', actor, onLost: (entry) => lost.push(entry) }, { store, clock, log });
  return { clock, store, log, lost, audit };
}

describe('the audit stream', () => {
  it('has the intent before and the outcome after', async () => {
    const { store, clock, audit } = world();
    const id = await audit.intent({ action: 'deploy', environment: 'production', release: 'r1' });
    await clock.advance(5000);
    await audit.outcome(id, {
      action: 'deploy',
      environment: 'production',
      release: 'r1',
      outcome: 'reverted',
      reasons: ['web-2: status 500'],
    });
    const { entries, unreadable } = await history(store, 'shop', 10);
    expect(unreadable).to.deep.equal([]);
    expect(entries.map(({ kind, at, outcome }) => [kind, at - clock.now(), outcome])).to.deep.equal([
      ['outcome', 0, 'reverted'],
      ['intent', -5000, null],
    ]);
    expect(entries.map(({ durationMs }) => durationMs)).to.deep.equal([5000, null]);
    expect(entries[0]?.intent).to.equal(id);
    expect(entries[0]?.reasons).to.deep.equal(['web-2: status 500']);
    expect(entries[1]?.actor).to.deep.equal(actor);
  });

  it('breaks nothing when the store is away: it is told, spooled, and written when the store is back', async () => {
    const { store, clock, log, lost, audit } = world();
    store.down();
    const id = await audit.intent({ action: 'deploy', environment: 'production' });
    const madeAt = clock.now();
    await clock.advance(5000);
    expect(lost.map(({ kind }) => kind)).to.deep.equal(['intent']);
    expect(log.lines.join('\n')).to.match(
      /not in the audit stream yet \(.*connection refused.*\): deploy \(production\) by [^{}"]+: begun$/m,
    );
    store.up();
    await audit.outcome(id, { action: 'deploy', environment: 'production', outcome: 'done' });
    const { entries } = await history(store, 'shop', 10);
    expect(entries.map(({ kind, at }) => [kind, at])).to.deep.equal([
      ['outcome', clock.now()],
      ['intent', madeAt],
    ]);
    expect(paired(entries)[0]?.outcome?.intent).to.equal(entries[1]?.id);
  });

  it('writes what waited in its order when the store was away all along', async () => {
    const { store, lost, audit } = world();
    store.down();
    const one = await audit.intent({ action: 'one' });
    await audit.outcome(one, { action: 'one', outcome: 'done' });
    store.up();
    const two = await audit.intent({ action: 'two' });
    expect(two).to.match(/^\d+-\d+$/);
    expect(lost).to.have.length(2);
    const { entries } = await history(store, 'shop', 10);
    expect(paired(entries).map(({ intent, outcome }) => [intent?.action, outcome?.action])).to.deep.equal([
      ['two', undefined],
      ['one', 'one'],
    ]);
  });

  it('writes each entry once when many are made at the same time', async () => {
    const { store, audit } = world();
    await Promise.all(Array.from({ length: 30 }, (_, n) => audit.intent({ action: `deed ${n}` })));
    const { entries } = await history(store, 'shop', 100);
    expect(entries.map(({ action }) => action).reverse()).to.deep.equal(
      Array.from({ length: 30 }, (_, n) => `deed ${n}`),
    );
  });

  it('does not hide a defect', async () => {
    const { store, audit } = world();
    store.append = () => Promise.reject(new TypeError('a defect'));
    const error = await audit.intent({ action: 'deploy' }).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(TypeError);
  });

  it('counts hostile entries and shows none of them', async () => {
    const { store, audit } = world();
    await audit.intent({ action: 'deploy' });
    await store.append('canopy:shop:audit', { kind: 'intent', command: 'reboot' }, 100);
    await store.append('canopy:shop:audit', { kind: '\u001b[2J' }, 100);
    const { entries, unreadable } = await history(store, 'shop');
    expect(entries.map(({ action }) => action)).to.deep.equal(['deploy']);
    expect(unreadable).to.have.length(2);
    for (const id of unreadable) expect(id).to.match(/^\d+-\d+$/);
  });

  it('keeps applications apart', async () => {
    const { store, audit } = world();
    await audit.intent({ action: 'deploy' });
    expect(await history(store, 'blog', 10)).to.deep.equal({ entries: [], unreadable: [] });
  });
});
