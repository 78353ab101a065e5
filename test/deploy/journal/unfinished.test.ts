import { expect } from 'chai';
import { readJournal, writeJournal, type Journal } from '../../../src/deploy/journal/journal.ts';
import {
  close,
  journalAt,
  leftFor,
  unfinishedAt,
  wouldGoBackTo,
  wouldRetire,
} from '../../../src/deploy/journal/unfinished.ts';
import { fakeStore } from '../../fakes/store.ts';
import { journalOf } from './journal-cases.ts';

const key = 'canopy:shop:deploy:production';
async function storeWith(text: string | null) {
  const store = fakeStore();
  if (text !== null) await store.set(key, text);
  return store;
}
const withState = (state: Journal['state']) =>
  storeWith(writeJournal(journalOf({ state, doing: ['stage web-1'] })));

describe('a deploy that never ended', () => {
  it('is one that runs or was left mixed, or whose journal cannot be read', async () => {
    for (const state of ['running', 'mixed'] as const)
      expect((await unfinishedAt(key, await withState(state)))?.journal?.state).to.equal(state);
    expect((await unfinishedAt(key, await storeWith('garbage')))?.journal).to.equal(null);
  });

  it('is none of the others', async () => {
    for (const state of ['done', 'partial', 'failed', 'reverted', 'frozen', 'aborted'] as const)
      expect(await unfinishedAt(key, await withState(state)), state).to.equal(null);
    expect(await unfinishedAt(key, await storeWith(null))).to.equal(null);
  });

  it('is closed when its release is found on every instance, or another one', async () => {
    for (const [release, state] of [
      ['new', 'done'],
      ['old', 'failed'],
    ] as const) {
      const store = await withState('running');
      const found = await unfinishedAt(key, store);
      expect(found && (await close(found, { release, token: 9 }, store))).to.equal(true);
      const journal = readJournal((await store.get(key)) ?? '', key);
      expect([journal.state, journal.doing, journal.token]).to.deep.equal([state, [], 9]);
    }
  });

  it('is not closed over one that has begun since, nor over garbage', async () => {
    const store = await withState('running');
    const found = await unfinishedAt(key, store);
    await store.set(key, 'newer');
    expect(found && (await close(found, { release: 'new', token: 9 }, store))).to.equal(false);
    const garbage = await unfinishedAt(key, store);
    expect(garbage && (await close(garbage, { release: 'new', token: 9 }, store))).to.equal(false);
    expect(await store.get(key)).to.equal('newer');
  });

  it('tells what its instances ran before', async () => {
    expect(wouldGoBackTo(await unfinishedAt(key, await withState('running')))).to.deep.equal({
      'web-1': 'old',
      'web-2': 'old',
    });
    for (const store of [await withState('done'), await storeWith('garbage'), await storeWith(null)])
      expect(wouldGoBackTo(await unfinishedAt(key, store))).to.deep.equal({});
  });

  it('tells what it was about to retire, to whom is to run the same release', async () => {
    const plan = { ...journalOf().plan, retire: ['web-3'] };
    const store = (state: Journal['state']) => storeWith(writeJournal(journalOf({ state, plan })));
    const unended = await unfinishedAt(key, await store('running'));
    expect(wouldRetire(unended, 'new')).to.deep.equal(['web-3']);
    expect(wouldRetire(unended, 'other')).to.deep.equal([]);
    expect(wouldRetire(await unfinishedAt(key, await store('done')), 'new')).to.deep.equal([]);
    expect(wouldRetire(await unfinishedAt(key, await storeWith('garbage')), 'new')).to.deep.equal([]);
  });

  it('tells where a rollback leads from what it has left behind', async () => {
    const both = ['web-1', 'web-2'];
    for (const state of ['running', 'mixed', 'aborted', 'frozen', 'partial'] as const)
      expect(leftFor((await journalAt(key, await withState(state))).journal, both), state).to.equal('old');
    for (const state of ['done', 'failed', 'reverted'] as const)
      expect(leftFor((await journalAt(key, await withState(state))).journal, both), state).to.equal(null);
    expect(leftFor({ ...journalOf(), action: 'rollback' }, both)).to.equal('new');
    expect(leftFor(journalOf(), ['web-1', 'web-3']), 'one that it did not touch').to.equal(null);
    for (const text of ['garbage', null])
      expect(leftFor((await journalAt(key, await storeWith(text))).journal, both)).to.equal(null);
  });
});
