import { expect } from 'chai';
import { incidentRecord, IncidentRepository, next, type Incident } from '../../src/incidents/index.ts';
import type { Store } from '../../src/ports/ports.ts';
import { fail } from '../../src/errors.ts';
import { incidentKey } from '../../src/store-keys.operate.ts';
import { fakeStore } from '../fakes/store.ts';
import { quietLog } from '../support/quiet-log.ts';
import { play } from './play.ts';

const around = {
  people: { held: () => null, quietMeans: () => 'sms', otherMeans: () => null },
  muted: () => null,
};
const sample = (): Incident => {
  const [one] = play([[10, 'red']], 20).incidents;
  if (one === undefined) throw new Error('no incident');
  return one;
};
const acknowledged = (one: Incident): Incident =>
  next(one, { is: 'acknowledged', by: 'ann', until: null }, one.openedAt + 60_000, around);
const told = (one: Incident): Incident => ({
  ...one,
  deliveries: [
    ...one.deliveries,
    {
      key: '2.0.carl.call',
      to: 'carl',
      by: 'call',
      level: 2,
      at: 1,
      outcome: 'accepted',
      providerId: 'CA1',
      why: null,
    },
  ],
});

/** A store that can be away. */
function faulty() {
  const store = fakeStore();
  const is = { away: false };
  const proxy = new Proxy(store, {
    get: (target, name) => {
      const real = Reflect.get(target, name) as unknown;
      if (typeof real !== 'function') return real;
      return (...given: unknown[]) => {
        if (is.away) throw fail('store-unreachable', { url: 'redis://x', reason: 'away' });
        return (real as (...all: unknown[]) => unknown).apply(target, given);
      };
    },
  }) as Store;
  return { store: proxy, real: store, is };
}

function disk() {
  let text: string | null = null;
  return { read: async () => text, write: async (next: string) => void (text = next) };
}

describe('incidents in the store', () => {
  it('a change by somebody else is never undone', async () => {
    const { store } = faulty();
    const log = quietLog();
    const [a, b] = [
      new IncidentRepository('shop', { store, log }),
      new IncidentRepository('shop', { store, log }),
    ];
    const one = sample();
    await a.open(one);
    expect(await b.open(one), 'twice').to.equal(false);
    await b.load();
    await a.change(one.id, acknowledged);
    const found = await b.change(one.id, told);
    expect(found).to.include({ state: 'acknowledged' });
    expect(found?.deliveries.at(-1)?.providerId).to.equal('CA1');
  });

  it('while the store is away the leader goes on, and what a person says meanwhile counts', async () => {
    const { store, real, is } = faulty();
    const file = disk();
    const log = quietLog();
    const leader = new IncidentRepository('shop', { store, log, file });
    const one = sample();
    await leader.open(one);
    is.away = true;
    expect((await leader.change(one.id, told))?.deliveries).to.have.length(3);
    expect(leader.isBehind).to.equal(true);
    const person = new IncidentRepository('shop', { store: real, log });
    await person.load();
    await person.change(one.id, acknowledged);
    is.away = false;
    // It ended meanwhile: the next one reads its file.
    const next = new IncidentRepository('shop', { store, log, file });
    await next.load();
    const found = await person.get(one.id);
    expect(found).to.include({ state: 'acknowledged', acknowledgedBy: 'ann' });
    expect(found?.deliveries.at(-1)?.providerId).to.equal('CA1');
    expect(next.isBehind).to.equal(false);
  });

  it('opens one while the store is away, and writes it when it is back', async () => {
    const { store, real, is } = faulty();
    const leader = new IncidentRepository('shop', { store, log: quietLog(), file: disk() });
    is.away = true;
    const one = sample();
    expect(await leader.open(one)).to.equal(true);
    is.away = false;
    await leader.load();
    expect(await real.get(incidentKey('shop', one.id))).to.equal(incidentRecord.format(one));
  });

  it('without a file the store decides: it throws', async () => {
    const { store, is } = faulty();
    const person = new IncidentRepository('shop', { store, log: quietLog() });
    await person.open(sample());
    is.away = true;
    let message = '';
    await person.change(sample().id, acknowledged).catch((error: Error) => (message = error.message));
    expect(message).to.match(/does not answer/);
  });

  it('a store that was wiped learns of what is open yet', async () => {
    const { store, real } = faulty();
    const leader = new IncidentRepository('shop', { store, log: quietLog(), file: disk() });
    const one = sample();
    await leader.open(one);
    await real.remove(incidentKey('shop', one.id));
    await leader.load();
    expect(await real.get(incidentKey('shop', one.id))).to.be.a('string');
  });

  for (const [what, text] of [
    ['no JSON', 'x'],
    ['a command in it', JSON.stringify({ version: 1, id: 'i-aaaaaaaa', command: 'reboot' })],
    ['the id of another', incidentRecord.format({ ...sample(), id: 'i-bbbbbbbb' })],
  ] as const)
    it(`a forged record is told, put aside, and runs nothing: ${what}`, async () => {
      const { store, real } = faulty();
      const log = quietLog();
      await real.set(incidentKey('shop', 'i-aaaaaaaa'), text);
      const leader = new IncidentRepository('shop', { store, log, file: disk() });
      await leader.load();
      expect(leader.all).to.deep.equal([]);
      expect(log.lines.join()).to.match(
        /is no incident of ours .*: nothing was done because of it; it is kept at/,
      );
      expect(await real.get(incidentKey('shop', 'i-aaaaaaaa'))).to.equal(null);
    });
});
