import { expect } from 'chai';
import type { Journal } from '../../../src/deploy/journal/journal.ts';
import { journalKeeper } from '../../../src/deploy/journal/journal-keeper.ts';
import { fakeClock } from '../../fakes/clock.ts';
import { fakeStore } from '../../fakes/store.ts';
import { plan } from '../../soak/decisions.ts';
import { quietLog } from '../../support/quiet-log.ts';

const key = 'canopy:shop:deploy:production';
const journal = (state: Journal['state'], deploy = 'd1', token = 3): Journal => ({
  deploy,
  action: 'deploy',
  environment: 'production',
  release: 'r1',
  commit: '',
  version: '',
  sha256: null,
  plan: plan(1, { release: 'r1' }),
  by: 'job',
  token,
  startedAt: 1,
  state,
  doing: [],
  records: [],
});

describe('the journal in the store', () => {
  function world() {
    const clock = fakeClock();
    const store = fakeStore(clock);
    const log = quietLog();
    const lost = new AbortController();
    const keep = journalKeeper(key, store, { clock, log, lost: lost.signal });
    const stands = async (): Promise<unknown> => {
      const { deploy, state } = JSON.parse((await store.get(key)) ?? '{}') as Partial<Journal>;
      return `${deploy} ${state}`;
    };
    return { clock, store, log, lost, keep, stands };
  }

  it('takes the place of an earlier one, and follows the deploy', async () => {
    const { store, keep, stands } = world();
    await store.set(key, 'garbage');
    await keep(journal('running'));
    expect(await stands()).to.equal('d1 running');
    expect(await store.get('canopy:shop:unreadable:deploy:production')).to.equal('garbage');
    await keep(journal('done'));
    expect(await stands()).to.equal('d1 done');
  });

  it('is written over what nobody can read also in the middle, and that is kept aside and told once', async () => {
    const { store, keep, stands, log } = world();
    await keep(journal('running'));
    await store.set(key, '{"deploy":');
    await keep({ ...journal('running'), doing: [{ kind: 'drain', instance: 'web-1' }] });
    await keep(journal('done'));
    expect(await stands()).to.equal('d1 done');
    expect(
      log.lines.filter((line) => line.includes('canopy:shop:unreadable:deploy:production')),
    ).to.have.length(1);
    expect(await store.get('canopy:shop:unreadable:deploy:production')).to.equal('{"deploy":');
  });

  it('is written anew when the store has forgotten it', async () => {
    const { store, keep, stands } = world();
    await keep(journal('running'));
    store.wipe();
    await keep(journal('mixed'));
    expect(await stands()).to.equal('d1 mixed');
  });

  it('has its end where the next run reads it, though the store has changed its server', async () => {
    const { clock, store, keep, stands } = world();
    await keep(journal('running'));
    store.depose();
    await clock.drive(keep(journal('done')));
    expect(await store.isInCharge()).to.equal(true);
    expect(await stands()).to.equal('d1 done');
  });

  it('is not stopped by a lost answer', async () => {
    const { store, keep, stands } = world();
    await keep(journal('running'));
    store.loseAnswers(1);
    await keep({ ...journal('running'), doing: [{ kind: 'drain', instance: 'web-1' }] });
    await keep(journal('done'));
    expect(await stands()).to.equal('d1 done');
  });

  it('never overwrites what a later lease has written: another deploy, or its own that somebody resumed', async () => {
    for (const deploy of ['d2', 'd1']) {
      const { store, keep, stands, log } = world();
      await keep(journal('running'));
      await store.set(key, JSON.stringify(journal('done', deploy, 4)));
      await keep(journal('running'));
      await keep(journal('mixed'));
      expect(await stands()).to.equal(`${deploy} done`);
      const warned = log.lines.filter((line) => line.includes('later run'));
      expect(warned, 'told once').to.have.length(1);
      expect(warned[0]).to.contain(deploy);
    }
  });

  it('does not even begin over what a later lease has written', async () => {
    const { store, keep, stands } = world();
    await store.set(key, JSON.stringify(journal('done', 'd2', 4)));
    await keep(journal('running'));
    await keep(journal('mixed'));
    expect(await stands()).to.equal('d2 done');
  });

  it('takes its place back from an earlier lease that was late', async () => {
    const { store, keep, stands } = world();
    await keep(journal('running'));
    await store.set(key, JSON.stringify(journal('mixed', 'd1', 2)));
    await keep(journal('done'));
    expect(await stands()).to.equal('d1 done');
  });

  it('tells and goes on while the store is away, but waits with the end until it is back', async () => {
    const { clock, store, keep, stands, log } = world();
    await keep(journal('running'));
    store.down();
    await keep(journal('running'));
    expect(log.lines.join()).to.contain('stays on the servers alone');
    let written = false;
    const end = keep(journal('mixed')).then(() => (written = true));
    await clock.advance(3000);
    expect(written).to.equal(false);
    store.up();
    await clock.advance(1000);
    await end;
    expect(await stands()).to.equal('d1 mixed');
  });

  it('waits no longer than the lock is ours', async () => {
    const { store, keep, lost, log } = world();
    await keep(journal('running'));
    store.down();
    lost.abort(new Error('lost'));
    await keep(journal('mixed'));
    expect(log.lines.join()).to.contain('stays on the servers alone');
  });
});
