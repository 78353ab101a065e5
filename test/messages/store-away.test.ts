import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { messageHistory } from '../../src/messages/index.ts';
import { tempFolder } from '../support/temp.ts';
import { thrown } from '../support/thrown.ts';
import { fakeProvider } from './provider.ts';
import { order, outboxWorld } from './world.ts';

const open = 'canopy:shop:message:open:';

/** As if the process that wrote it had ended: of a pid that nobody has. */
function orphan(folder: string): void {
  for (const name of readdirSync(folder))
    renameSync(join(folder, name), join(folder, name.replace(/-\d+\./, '-4194999.')));
}

describe('messages while the store is away', () => {
  const folder = tempFolder();
  let dirs = 0;
  const newFolder = (): string => join(folder(), `state-${(dirs += 1)}`);

  for (const wiped of [false, true])
    for (const manner of ['answers', 'accepts and resets'] as const)
      for (const dies of [false, true])
        it(`${manner}; ${dies ? 'the process dies; ' : ''}it comes back${wiped ? ' empty' : ''}: once`, async () => {
          const provider = fakeProvider([manner, 'answers']);
          const { store, clock, log, open: start, ended } = outboxWorld(provider);
          const stateDir = newFolder();
          const first = start({ stateDir });
          await first.recover();
          store.down();
          const before = await first.deliver(order());
          expect(before?.is ?? null).to.equal(manner === 'answers' ? 'accepted' : null);
          expect(log.lines.join('\n')).to.contain('kept on the disk');
          await clock.advance(1000);
          if (wiped) store.wipe();
          if (dies) orphan(stateDir);
          store.up();
          const second = dies ? start({ stateDir }) : first;
          const slots = await second.recover();
          expect(slots.map(({ id }) => id)).to.deep.equal([order().id]);
          expect(await store.list(open)).to.have.length(1);
          expect(await ended(second, order())).to.include({ is: 'accepted', providerId: 'P1' });
          await second.close(order());
          await second.recover();
          expect(provider.carried).to.have.length(1);
          expect(await store.list(open)).to.deep.equal([]);
          expect(await store.tail('canopy:shop:messages', 9)).to.have.length(1);
        });

  it('one that has ended and was closed meanwhile goes into the history once it is back', async () => {
    const provider = fakeProvider();
    const { store, open: start } = outboxWorld(provider);
    const stateDir = newFolder();
    const first = start({ stateDir });
    await first.recover();
    await first.deliver(order());
    store.down();
    await first.close(order());
    expect(await first.deliver(order()), 'asked once more').to.include({ providerId: 'P1' });
    orphan(stateDir);
    store.up();
    const second = start({ stateDir });
    await second.recover();
    await second.recover();
    expect(await store.list(open)).to.deep.equal([]);
    expect((await messageHistory(store, 'shop', 0)).map(({ id }) => id)).to.deep.equal([order().id]);
    expect(await second.deliver(order())).to.include({ providerId: 'P1' });
    expect(provider.carried).to.have.length(1);
  });

  for (const until of ['intent', 'outcome', 'closed'] as const)
    it(`a store that was wiped with nobody noticing, after the ${until}: once`, async () => {
      const provider = fakeProvider([until === 'intent' ? 'accepts and resets' : 'answers', 'answers']);
      const { store, open: start, ended } = outboxWorld(provider);
      const first = start({ stateDir: newFolder() });
      await first.deliver(order());
      if (until === 'closed') await first.close(order());
      store.wipe();
      expect(await ended(first, order())).to.include({ is: 'accepted', providerId: 'P1' });
      await first.close(order());
      expect(provider.carried).to.have.length(1);
      const told = await store.tail('canopy:shop:messages', 9);
      expect(told).to.have.length(until === 'closed' ? 0 : 1);
      expect(await store.list(open)).to.deep.equal([]);
    });

  it('what the disk of a former leader still holds, and another has brought to its end, is not told again', async () => {
    const provider = fakeProvider(['accepts and resets', 'answers']);
    const { store, open: start, ended } = outboxWorld(provider);
    const stateDir = newFolder();
    await start({ stateDir }).deliver(order());
    orphan(stateDir);
    const other = start();
    expect(await ended(other, order())).to.include({ providerId: 'P1' });
    await other.close(order());
    const again = start({ stateDir });
    expect(await again.recover()).to.deep.equal([]);
    expect(await store.list(open)).to.deep.equal([]);
    expect(await store.tail('canopy:shop:messages', 9)).to.have.length(1);
    expect(provider.carried).to.have.length(1);
  });

  it('an answer of the store that was lost on the way sends nothing twice', async () => {
    for (let lost = 1; lost <= 12; lost += 1) {
      const provider = fakeProvider();
      const { store, open: start, ended } = outboxWorld(provider);
      let calls = 0;
      const flaky = new Proxy(store, {
        get: (target, name) => {
          const real = Reflect.get(target, name) as (...all: unknown[]) => Promise<unknown>;
          return async (...given: unknown[]) => {
            if ((calls += 1) === lost) store.loseAnswers(1);
            return real.apply(target, given);
          };
        },
      });
      const outbox = start({ store: flaky, stateDir: newFolder() });
      expect(await ended(outbox, order()), `answer ${lost}`).to.include({ is: 'accepted' });
      await outbox.close(order());
      await outbox.recover();
      expect(provider.carried, `answer ${lost}`).to.have.length(1);
      expect(await store.list(open)).to.deep.equal([]);
      expect(await messageHistory(store, 'shop', 0)).to.have.length(1);
    }
  });

  it('without a disk nothing is sent that nobody would know of', async () => {
    const provider = fakeProvider();
    const { store, open: start } = outboxWorld(provider);
    const outbox = start();
    await outbox.recover();
    store.down();
    expect((await thrown(outbox.deliver(order()))).code).to.equal('store-unreachable');
    expect(provider.asked.sends).to.equal(0);
  });

  it('nothing is sent where neither the store nor the disk takes it', async () => {
    const provider = fakeProvider();
    const { store, log, open: start } = outboxWorld(provider);
    const file = join(folder(), 'no-folder');
    writeFileSync(file, 'x');
    const outbox = start({ stateDir: file });
    await outbox.recover();
    store.down();
    expect(await outbox.deliver(order())).to.equal(null);
    expect(provider.asked.sends).to.equal(0);
    expect(log.lines.join('\n')).to.contain('cannot be kept on the disk');
    store.up();
    expect(await outbox.deliver(order())).to.include({ is: 'accepted' });
  });

  it('what stands on the disk and cannot be read is kept aside and told', async () => {
    const provider = fakeProvider();
    const { log, open: start } = outboxWorld(provider);
    const stateDir = newFolder();
    await start({ stateDir }).deliver(order());
    orphan(stateDir);
    const [name = ''] = readdirSync(stateDir);
    const good = JSON.parse(readFileSync(join(stateDir, name), 'utf8')) as object[];
    writeFileSync(join(stateDir, name), JSON.stringify([...good, { slot: { id: 'x' } }]));
    const second = start({ stateDir });
    expect(await second.deliver(order())).to.include({ providerId: 'P1' });
    expect(log.lines.join('\n')).to.contain('cannot be read').and.to.contain('.bad');
    expect(provider.carried).to.have.length(1);
  });
});
