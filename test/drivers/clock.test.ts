import { expect } from 'chai';
import { realClock } from '../../src/drivers/clock.ts';
import { realRandom } from '../../src/drivers/random.ts';
import { fakeClock, settled } from '../fakes/clock.ts';

describe('the clock of this machine', () => {
  it('sleeps, and at least so long', async () => {
    const before = performance.now();
    await realClock.sleep(30);
    // Timers may be a millisecond early.
    expect(performance.now() - before).to.be.at.least(28);
    expect(Math.abs(realClock.now() - Date.now())).to.be.below(1000);
  });

  it('wakes at once when the signal comes, or came before, and never rejects', async () => {
    const stop = new AbortController();
    const sleeping = realClock.sleep(3_600_000, stop.signal);
    stop.abort(new Error('stop'));
    await sleeping;
    await realClock.sleep(3_600_000, stop.signal);
  });

  it('does not sleep for what is no time', async () => {
    for (const ms of [0, -1, Number.NaN]) await realClock.sleep(ms);
  });

  it('does not take a very long time for none at all', async () => {
    const stop = new AbortController();
    let woken = false;
    const sleeping = realClock.sleep(2 ** 40, stop.signal).then(() => (woken = true));
    await realClock.sleep(20);
    expect(woken).to.equal(false);
    stop.abort();
    await sleeping;
  });
});

describe('the fake clock', () => {
  it('wakes each sleeper at its own moment, also those that went to sleep on the way', async () => {
    const clock = fakeClock(0);
    const woken: number[] = [];
    const every = async (ms: number, times: number): Promise<void> => {
      for (let n = 0; n < times; n += 1) {
        await clock.sleep(ms);
        woken.push(clock.now());
      }
    };
    const all = Promise.all([every(30, 3), every(20, 2)]);
    await clock.advance(59);
    expect(woken).to.deep.equal([20, 30, 40]);
    await clock.advance(31);
    await all;
    expect(woken).to.deep.equal([20, 30, 40, 60, 90]);
    expect(clock.now()).to.equal(90);
  });

  it('wakes whoever is told to stop', async () => {
    const clock = fakeClock();
    const stop = new AbortController();
    let woken = false;
    void clock.sleep(10, stop.signal).then(() => (woken = true));
    expect(clock.sleeping()).to.equal(1);
    stop.abort();
    await settled();
    expect([woken, clock.sleeping()]).to.deep.equal([true, 0]);
  });
});

describe('random bytes', () => {
  it('are as many as asked for, and others each time', () => {
    expect(realRandom.hex(8)).to.match(/^[0-9a-f]{16}$/);
    expect(new Set(Array.from({ length: 50 }, () => realRandom.hex(8))).size).to.equal(50);
  });
});
