import { expect } from 'chai';
import { messageHistory } from '../../src/messages/index.ts';
import { fakeProvider, type Manner } from './provider.ts';
import { Died, mortal, order, outboxWorld } from './world.ts';

const open = 'canopy:shop:message:open:';

describe('whoever may not tell any more', () => {
  const fence = { key: 'canopy:shop:watch', value: 'us' };

  it('sends nothing without the lease', async () => {
    const provider = fakeProvider();
    const { store, open: start, ended } = outboxWorld(provider);
    const outbox = start({ fence: () => fence });
    expect(await ended(outbox, order(), 20)).to.equal(null);
    await store.set(fence.key, 'another');
    expect(await ended(outbox, order(), 20)).to.equal(null);
    expect(await ended(start({ fence: () => null }), order(), 20)).to.equal(null);
    expect(provider.asked.sends).to.equal(0);
    await store.set(fence.key, 'us');
    expect(await outbox.deliver(order())).to.include({ is: 'accepted' });
  });

  it('finds its time gone when it was stopped after it had written', async () => {
    const provider = fakeProvider();
    const { store, clock, open: start, ended } = outboxWorld(provider);
    const slow = start({
      store: {
        ...store,
        swap: async (...words) => {
          const done = await store.swap(...words);
          // It is stopped for two leases; another one has told meanwhile.
          if (words[0].includes(':open:') && words[1] === null) {
            await clock.advance(20_000);
            expect(await ended(start(), order(), 40)).to.include({ is: 'accepted' });
          }
          return done;
        },
      },
    });
    expect(await ended(slow, order())).to.include({ is: 'accepted', providerId: 'P1' });
    expect(provider.carried).to.have.length(1);
  });

  it('sends once when two deliver the same at once', async () => {
    const provider = fakeProvider();
    const { store, open: start } = outboxWorld(provider);
    const all = [start({ store: store.client() }), start({ store: store.client() }), start()];
    await Promise.all(all.flatMap((one) => [one.deliver(order()), one.deliver(order())]));
    for (const one of all) expect((await one.deliver(order()))?.providerId).to.equal('P1');
    expect(provider.carried).to.have.length(1);
  });
});

describe('an outbox that dies at any change of the store', () => {
  for (const manners of [
    ['answers'],
    ['accepts and resets', 'answers'],
    ['loses', 'answers'],
    ['busy', 'answers'],
  ])
    for (const before of [true, false])
      it(`a provider that ${manners.join(', ')}, ${before ? 'before' : 'after'} each change: once`, async () => {
        for (let at = 1; at <= 8; at += 1) {
          const provider = fakeProvider([...manners] as Manner[]);
          const { store, clock, open: start, ended } = outboxWorld(provider);
          const first = start({ store: mortal(store, { at, before }) });
          try {
            expect(await ended(first, order())).to.include({ is: 'accepted' });
            await first.close(order());
          } catch (error) {
            if (!(error instanceof Died)) throw error;
          }
          await clock.advance(500);
          const second = start();
          await second.recover();
          const told = await messageHistory(store, 'shop', 0);
          // What the incident has taken over is not asked for again.
          if (told.length === 0) expect(await ended(second, order())).to.include({ is: 'accepted' });
          await second.close(order());
          expect(provider.carried, `change ${at}`).to.have.length(1);
          expect(await store.tail('canopy:shop:messages', 10)).to.have.length(1);
          expect(await store.list(open)).to.deep.equal([]);
        }
      });
});
