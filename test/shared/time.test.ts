import { expect } from 'chai';
import { openClosers } from '../../src/shared/closers.ts';
import {
  atMost,
  every,
  inBackground,
  keepRunning,
  retry,
  until,
  WakeablePause,
} from '../../src/shared/time.ts';
import { fail } from '../../src/errors.ts';
import { fakeClock } from '../fakes/clock.ts';
import { quietLog } from '../support/quiet-log.ts';

describe('a loop of a service', () => {
  const world = () => {
    const clock = fakeClock();
    const log = quietLog();
    const stop = new AbortController();
    const begun: number[] = [];
    const start = clock.now();
    const run = (loop: () => Promise<void>): Promise<void> =>
      keepRunning(
        'looking',
        () => {
          begun.push(clock.now() - start);
          return loop();
        },
        { clock, log },
        stop.signal,
      );
    return { clock, log, stop, begun, run };
  };

  it('that throws is told and begun again, later each time', async () => {
    const { clock, log, stop, begun, run } = world();
    const running = run(() => Promise.reject(new TypeError('x is not a function')));
    for (let second = 0; second < 10; second += 1) await clock.advance(1000);
    expect(begun).to.deep.equal([0, 1000, 3000, 7000]);
    expect(log.lines.filter((line) => line.startsWith('warn'))).to.have.length(4);
    expect(log.lines[0]).to.contain('looking failed').and.contain('a defect of Canopy: TypeError: x is not');
    stop.abort();
    await running;
  });

  it('that has ended is over, and none is begun after the signal', async () => {
    const { begun, stop, run } = world();
    await run(() => Promise.resolve());
    expect(begun).to.deep.equal([0]);
    stop.abort();
    await run(() => Promise.reject(new Error('too late')));
    expect(begun).to.deep.equal([0]);
  });

  it('tells an error of the catalogue in its own words', async () => {
    const { log, stop, run } = world();
    const running = run(() => Promise.reject(fail('router-none', { app: 'shop' })));
    await Promise.resolve().then(() => undefined);
    stop.abort();
    await running;
    expect(log.lines.join()).to.contain('no router of shop').and.not.contain('defect');
  });

  it('work that nobody waits for fails aloud', async () => {
    const log = quietLog();
    inBackground('saving', Promise.reject(new Error('full')), log);
    await new Promise((resolve) => setImmediate(resolve));
    expect(log.lines.join()).to.contain('saving failed').and.contain('full');
  });
});

describe('what was opened', () => {
  it('is closed once, in the opposite order, whatever cannot be closed', async () => {
    const log = quietLog();
    const closers = openClosers(log);
    const closed: string[] = [];
    closers.add('one', () => closed.push('one'));
    closers.add('two', () => Promise.reject(new Error('stuck')));
    closers.add('three', async () => {
      await Promise.resolve();
      closed.push('three');
    });
    await closers.close();
    await closers.close();
    expect(closed).to.deep.equal(['three', 'one']);
    expect(log.lines.join()).to.contain('two could not be closed').and.contain('stuck');
  });
});

describe('waiting', () => {
  it('until there is an answer pauses after each look that has none', async () => {
    const clock = fakeClock();
    const looks: number[] = [];
    const found = until(
      clock,
      () => looks.length * 100,
      async () => {
        looks.push(clock.now());
        return looks.length === 3 ? 'here' : undefined;
      },
    );
    for (let at = 0; at < 4; at += 1) await clock.advance(100);
    expect(await found).to.equal('here');
    expect(looks.map((at) => at - (looks[0] ?? 0))).to.deep.equal([0, 100, 300]);
  });

  it('every so often works again until the signal, the first time after a pause of its own', async () => {
    const clock = fakeClock();
    const stop = new AbortController();
    const start = clock.now();
    const worked: number[] = [];
    const work = async (): Promise<number | void> => {
      worked.push(clock.now() - start);
      if (worked.length === 2) return 500;
      if (worked.length === 4) stop.abort();
    };
    const ended = every(clock, 100, work, stop.signal, 50);
    for (let at = 0; at < 20; at += 1) await clock.advance(50);
    await ended;
    expect(worked).to.deep.equal([50, 150, 650, 750]);
  });

  it('every so often ends when there is nothing more to do', async () => {
    const clock = fakeClock();
    let left = 3;
    const ended = every(clock, 100, async () => (left -= 1) > 0 && 100, new AbortController().signal);
    for (let at = 0; at < 4; at += 1) await clock.advance(100);
    await ended;
    expect(left).to.equal(0);
  });

  it('retries until it works, and throws what is no matter of waiting', async () => {
    const clock = fakeClock();
    let tries = 0;
    const work = (): Promise<string> => {
      tries += 1;
      return tries === 3 ? Promise.resolve('done') : Promise.reject(new Error(`no ${tries}`));
    };
    const done = retry(clock, work, () => 100);
    for (let at = 0; at < 4; at += 1) await clock.advance(100);
    expect([await done, tries]).to.deep.equal(['done', 3]);
    const refuse = (error: unknown): number => {
      throw error;
    };
    expect(await retry(clock, () => Promise.reject(new Error('never')), refuse).catch(String)).to.equal(
      'Error: never',
    );
  });

  it('at most so long goes on then, and rejects with what was thrown meanwhile', async () => {
    const clock = fakeClock();
    const late = atMost(clock, 100, new Promise(() => undefined));
    await clock.advance(100);
    await late;
    await atMost(clock, 100, Promise.resolve());
    expect(await atMost(clock, 100, Promise.reject(new Error('broken'))).catch(String)).to.equal(
      'Error: broken',
    );
    expect(await atMost(clock, 100, new Promise(() => undefined), AbortSignal.abort())).to.equal(undefined);
  });

  it('ends a pause early when it is woken, also when that was before it began', async () => {
    const clock = fakeClock();
    const pause = new WakeablePause();
    const never = new AbortController().signal;
    const first = pause.sleep(clock, 1_000_000, never);
    pause.wake();
    await first;
    pause.wake();
    await pause.sleep(clock, 1_000_000, never);
    let over = false;
    const third = pause.sleep(clock, 100, never).then(() => (over = true));
    await clock.advance(50);
    expect(over).to.equal(false);
    await clock.advance(50);
    await third;
  });
});
