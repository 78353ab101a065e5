import { expect } from 'chai';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStickyKey, type StickyKey } from '../../../src/router/store/sticky-key.ts';
import { Assigner } from '../../../src/router/split/assigner.ts';
import { stickyKey } from '../../../src/store-keys.ts';
import type { Store } from '../../../src/ports/ports.ts';
import { fakeClock } from '../../fakes/clock.ts';
import { fakeStore, type FakeStore } from '../../fakes/store.ts';
import { realRandom } from '../../../src/drivers/random.ts';
import { keptLog } from '../../support/router/router.ts';
import { tempFolder } from '../../support/temp.ts';

const name = stickyKey('shop');

describe('the key of the sticky cookies', () => {
  const clock = fakeClock();
  const folder = tempFolder();
  let store: FakeStore;
  let made = 0;

  beforeEach(() => {
    store = fakeStore(clock);
  });

  /** A router with a disk of its own. */
  const begin = async (
    at: string,
    own: Store | null = store,
  ): Promise<StickyKey & { log: string[]; keys: () => string[] }> => {
    const mine: string[][] = [];
    const who = new Assigner({ app: 'shop', header: 'off', turn: 1 });
    who.use = (keys) => void mine.push(keys.map((key) => key.toString('hex')));
    const log = keptLog();
    const setup = {
      app: 'shop',
      folder: join(folder(), at),
      store: own,
      clock,
      log,
      random: realRandom,
      assigner: who,
    };
    const key = await openStickyKey(setup);
    return { ...key, log: log.lines, keys: () => mine.at(-1) ?? [] };
  };
  const place = (): string => `router-${(made += 1)}`;
  const onDisk = (at: string): string => readFileSync(join(folder(), at, 'sticky-key'), 'utf8').trim();

  it('is made by whoever comes first, and used by all; what they had signed before is believed', async () => {
    const [a, b] = [place(), place()];
    const [one, two] = [await begin(a), await begin(b)];
    const [own] = two.keys();
    expect(one.keys()[0])
      .to.match(/^[0-9a-f]{64}$/)
      .and.not.equal(own);
    await Promise.all([one.start(), two.start()]);
    expect(store.dump()[name]).to.equal(one.keys()[0]);
    expect(two.keys()).to.deep.equal([one.keys()[0], own]);
    expect([onDisk(a), onDisk(b)]).to.deep.equal([one.keys()[0], one.keys()[0]]);
    expect(statSync(join(folder(), b, 'sticky-key')).mode & 0o777).to.equal(0o600);
  });

  it('is remembered: a router that starts while the store is away signs with it', async () => {
    const at = place();
    const one = await begin(at);
    await one.start();
    const away = { get: () => Promise.reject(new Error('away')) } as unknown as Store;
    const again = await begin(at, away);
    await again.start();
    expect(again.keys()).to.deep.equal([one.keys()[0]]);
  });

  it('comes back to a store that has lost everything', async () => {
    const one = await begin(place());
    await one.start();
    await store.remove(name);
    await one.start();
    expect(store.dump()[name]).to.equal(one.keys()[0]);
  });

  it('two processes that begin at once in one folder have the same, also without a store', async () => {
    const at = place();
    const all = await Promise.all([0, 1, 2, 3].map(() => begin(at, null)));
    expect(new Set(all.map((one) => one.keys()[0])).size).to.equal(1);
  });

  it('what is none is neither used nor overwritten in the store, and replaced on the disk', async () => {
    const at = place();
    mkdirSync(join(folder(), at));
    writeFileSync(join(folder(), at, 'sticky-key'), 'half a k');
    await store.set(name, 'nonsense');
    const one = await begin(at);
    await one.start();
    expect([store.dump()[name], onDisk(at)]).to.deep.equal(['nonsense', one.keys()[0]]);
    expect(one.log.join('\n')).to.contain('holds no key');
  });

  it('a disk that cannot be written is a warning', async () => {
    const at = place();
    writeFileSync(join(folder(), at), '');
    const one = await begin(at);
    await one.start();
    expect(store.dump()[name]).to.equal(one.keys()[0]);
    expect(one.log.join('\n')).to.contain('cannot keep the key').and.not.contain(one.keys()[0]);
  });
});
