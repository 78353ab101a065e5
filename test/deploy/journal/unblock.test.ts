import { expect } from 'chai';
import { history } from '../../../src/audit/index.ts';
import { writeJournal } from '../../../src/deploy/journal/journal.ts';
import { unblock } from '../../../src/deploy/unblock.ts';
import { deployKey, unreadableRecord } from '../../../src/store-keys.ts';
import { fakeClock } from '../../fakes/clock.ts';
import { fakeStore } from '../../fakes/store.ts';
import { quietLog } from '../../support/quiet-log.ts';
import { thrown } from '../../support/thrown.ts';
import { journalOf } from './journal-cases.ts';

const key = deployKey('shop', 'production');
const target = {
  ...{ app: 'shop', environment: 'production' },
  actor: { name: 'anna', url: '', run: 'desk, process 1' },
};

describe('taking an environment as it is', () => {
  const world = async (text: string) => {
    const clock = fakeClock();
    const store = fakeStore(clock);
    const log = quietLog();
    await store.set(key, text);
    return { clock, store, log };
  };

  it('ends what was left mixed, and nothing else', async () => {
    const ports = await world(writeJournal(journalOf({ state: 'mixed' })));
    expect(await unblock(target, ports)).to.equal(true);
    expect(JSON.parse((await ports.store.get(key)) ?? '')).to.include({ state: 'failed' });
    expect(await unblock({ ...target, steal: true }, ports)).to.equal(false);
  });

  it('over a journal that nobody can read is refused with the way out, and done with --steal', async () => {
    const ports = await world('{"deploy":');
    const error = await thrown(unblock(target, ports));
    expect([error.code, error.problems[0]?.hint]).to.satisfy(
      ([code, hint]: string[]) =>
        code === 'store-record' && hint?.includes('lock release --steal --environment production'),
    );
    expect(await ports.store.get(key)).to.equal('{"deploy":');
    expect(await unblock({ ...target, steal: true }, ports)).to.equal(true);
    expect(await ports.store.get(key)).to.equal(null);
    expect(await ports.store.get(unreadableRecord('shop', 'deploy:production'))).to.equal('{"deploy":');
    expect(ports.log.lines.join()).to.contain('canopy:shop:unreadable:deploy:production');
    const { entries } = await history(ports.store, 'shop');
    expect(entries.map(({ outcome }) => outcome)).to.deep.equal(['done', null]);
  });
});
