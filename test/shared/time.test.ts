import { expect } from 'chai';
import { openClosers } from '../../src/shared/closers.ts';
import { inBackground, keepRunning } from '../../src/shared/time.ts';
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
