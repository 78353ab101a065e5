import { expect } from 'chai';
import type { Opening } from '../../src/incidents/index.ts';
import type { Store } from '../../src/ports/ports.ts';
import { Readings } from '../../src/rules/index.ts';
import { Watcher, type Hands } from '../../src/watch/engine/watcher.ts';
import { fakeClock, settled, type FakeClock } from '../fakes/clock.ts';
import { fakeStore } from '../fakes/store.ts';
import { quietLog } from '../support/quiet-log.ts';

const opening: Opening = {
  rule: 'down',
  severity: 'critical',
  policy: 'default',
  ladder: [
    { to: ['ann'], by: ['sms'], afterMs: 0, repeat: 0, everyMs: 0 },
    { to: ['carl'], by: ['call'], afterMs: 60_000, repeat: 0, everyMs: 0 },
  ],
  acts: ['alert'],
};

class Died extends Error {}

/** A store whose client dies before or after its n-th change. */
function mortal(store: Store, dies: { at: number; before: boolean }): Store {
  let changes = 0;
  let dead = false;
  return new Proxy(store, {
    get: (target, name) => {
      const real = Reflect.get(target, name) as unknown;
      if (typeof real !== 'function') return real;
      return async (...given: unknown[]) => {
        if (dead) throw new Died();
        const counts = name === 'swap' || name === 'set';
        if (counts && (changes += 1) === dies.at) {
          dead = true;
          if (!dies.before) await (real as (...all: unknown[]) => Promise<unknown>).apply(target, given);
          throw new Died();
        }
        return (real as (...all: unknown[]) => unknown).apply(target, given);
      };
    },
  });
}

/** Providers that keep what they were given by its key, as the outbox sees to. */
function providers() {
  const given = new Map<string, number>();
  const hands: Hands = {
    deliver: async (incident, { key }) => {
      const id = `${incident.rule} ${key}`;
      given.set(id, Math.max(1, given.get(id) ?? 0));
      return { outcome: 'accepted', providerId: 'p', why: null };
    },
    close: async () => undefined,
    act: async (incident, act, again) => {
      if (again) return 'uncertain';
      given.set(`${incident.rule} ${act}`, (given.get(`${incident.rule} ${act}`) ?? 0) + 1);
      return 'done';
    },
  };
  return { given, hands };
}

async function run(
  clock: FakeClock,
  store: Store,
  hands: Hands,
  isDown: (second: number) => boolean,
  from: number,
  to: number,
): Promise<Watcher> {
  const readings = new Readings();
  const watcher = new Watcher(
    {
      app: 'shop',
      rules: [
        {
          name: 'down',
          when: [{ metric: 'down', op: '>', value: 0 }],
          targets: ['site'],
          forMs: 0,
          recoverMs: 0,
        },
      ],
      openings: new Map([['down', opening]]),
      readings,
      hands,
      around: () => ({
        people: { held: () => null, quietMeans: () => 'sms', otherMeans: () => null },
        muted: () => null,
      }),
      leads: () => true,
    },
    { store, clock, log: quietLog(), random: { hex: () => '0011223344556677' } },
  );
  await watcher.incidents.load();
  for (let second = from; second <= to; second += 1) {
    readings.add({ metric: 'down', target: 'site', value: isDown(second) ? 1 : 0, at: clock.now() });
    await watcher.look();
    await settled();
    await clock.advance(1000);
  }
  return watcher;
}

describe('a watcher that dies at any change of the store', () => {
  const isDown = (second: number): boolean => second >= 3 && second < 80;
  for (const before of [true, false])
    for (let at = 1; at <= 12; at += 1)
      it(`${before ? 'before' : 'after'} change ${at}: the next one tells what is left, once`, async () => {
        const clock = fakeClock();
        const store = fakeStore(clock);
        const { given, hands } = providers();
        const start = clock.now();
        try {
          await run(clock, mortal(store, { at, before }), hands, isDown, 0, 100);
        } catch (error) {
          if (!(error instanceof Died)) throw error;
        }
        const second = Math.ceil((clock.now() - start) / 1000);
        const watcher = await run(clock, store, hands, isDown, second, Math.max(second + 5, 200));
        expect([...given.keys()].sort()).to.include.members([
          'down 0.ann.sms',
          'down 1.0.ann.sms',
          'down 2.0.carl.call',
        ]);
        expect([...given.values()].filter((count) => count !== 1)).to.deep.equal([]);
        expect(watcher.incidents.all).to.have.length(1);
        expect(watcher.incidents.all[0]).to.include({ state: 'resolved' });
      });
});
