import { expect } from 'chai';
import type { Store } from '../../../src/ports/ports.ts';
import { thrown } from '../../support/thrown.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { StoreWorld } from './store-world.ts';

/** The half of the contract that is about messages, and about a store that is away. */
export function channelContract(name: string, begin: () => Promise<StoreWorld>): void {
  describe(`the contract of a store's channels and absences: ${name}`, () => {
    let world: StoreWorld;
    let store: Store;
    before(async function () {
      this.timeout(30_000);
      world = await begin();
    });
    beforeEach(async () => {
      await world.wipe();
      store = await world.open();
    });
    afterEach(() => store.close());
    after(() => world?.close());

    /** The real one needs a moment to find its way back. */
    const back = (one: Store): Promise<boolean> =>
      waitFor('the store to be back', async () => {
        await one.get('canopy:x:nothing');
        return true;
      });

    it('tells subscribers, who first hear that they stand', async () => {
      const other = await world.open();
      const heard: (string | null)[] = [];
      const elsewhere: (string | null)[] = [];
      const leave = await store.subscribe('c', (message) => heard.push(message));
      const leaveOther = await other.subscribe('d', (message) => elsewhere.push(message));
      await other.publish('c', 'one');
      await store.publish('c', 'two');
      await waitFor('both messages', () => heard.length >= 3);
      await leave();
      await other.publish('c', 'three');
      await other.publish('d', 'mark');
      await waitFor('the mark', () => elsewhere.includes('mark'));
      expect(heard).to.deep.equal([null, 'one', 'two']);
      expect(elsewhere).to.deep.equal([null, 'mark']);
      await leaveOther();
      await other.close();
    });

    it('keeps two subscriptions of one client apart', async () => {
      const heard: (string | null)[] = [];
      const listener = (message: string | null): void => void heard.push(message);
      const first = await store.subscribe('c', listener);
      const second = await store.subscribe('c', listener);
      await first();
      await first();
      await store.publish('c', 'one');
      await waitFor('the message', () => heard.includes('one'));
      expect(heard).to.deep.equal([null, null, 'one']);
      await second();
    });

    it('fails every call while it is away, at once, and works when it is back', async () => {
      await store.set('k', 'a');
      await world.down();
      const calls = [
        () => store.get('k'),
        () => store.set('k', 'b'),
        () => store.swap('k', 'a', 'b'),
        () => store.remove('k'),
        () => store.list(''),
        () => store.next('n', 0),
        () => store.append('s', { a: '1' }, 10),
        () => store.tail('s', 1),
        () => store.publish('c', 'x'),
        () => store.subscribe('c', () => undefined),
      ];
      for (const one of calls) expect((await thrown(one())).code).to.equal('store-unreachable');
      await world.up();
      await back(store);
      expect(await store.get('k')).to.equal('a');
      expect(await store.next('n', 0)).to.equal(1);
    });

    it('tells subscribers when they stand anew after it was away', async () => {
      const heard: (string | null)[] = [];
      const leave = await store.subscribe('c', (message) => heard.push(message));
      await world.down();
      await world.up();
      await waitFor('the second null', () => heard.filter((one) => one === null).length >= 2);
      await back(store);
      await store.publish('c', 'after');
      await waitFor('the message', () => heard.includes('after'));
      await leave();
    });

    it('fails after it was closed', async () => {
      const other = await world.open();
      await other.close();
      expect((await thrown(other.get('k'))).code).to.equal('store-unreachable');
      await other.close();
    });
  });
}
