import { expect } from 'chai';
import { fail } from '../../../src/errors.ts';
import { retryWhileAway } from '../../../src/deploy/journal/retry-while-away.ts';
import { fakeClock } from '../../fakes/clock.ts';
import { quietLog } from '../../support/quiet-log.ts';

const away = () => fail('store-unreachable', { url: 'redis://x', reason: 'connection refused' });
const none = () => fail('router-none', { app: 'shop' });

describe('outlasting the store', () => {
  /** Begins work whose tries end as the list says; the last one goes on for ever. */
  function begin(ends: readonly (Error | string)[]) {
    const clock = fakeClock();
    const log = quietLog();
    const lost = new AbortController();
    const ended: { value?: string; error?: Error & { code?: string } } = {};
    let tries = 0;
    const work = async (): Promise<string> => {
      const end = ends[Math.min(tries, ends.length - 1)] as Error | string;
      tries += 1;
      if (typeof end === 'string') return end;
      throw end;
    };
    retryWhileAway(work, { clock, log, lost: lost.signal }).then(
      (value) => (ended.value = value),
      (error: Error) => (ended.error = error),
    );
    return { clock, log, lost, ended, tries: () => tries };
  }

  it('asks once when it is answered', async () => {
    const { clock, ended, log, tries } = begin(['yes']);
    await clock.advance(1);
    expect([ended.value, tries(), log.lines]).to.deep.equal(['yes', 1, []]);
  });

  it('asks again while the store is away, and tells it once', async () => {
    const { clock, ended, log } = begin([away(), away(), fail('store-readonly', { url: 'x' }), 'yes']);
    await clock.advance(5000);
    expect(ended.value).to.equal('yes');
    expect(log.lines).to.have.length(1);
  });

  it('has no patience with what does not pass', async () => {
    const { clock, ended, tries } = begin([fail('store-record', { key: 'k', reason: 'no JSON' })]);
    await clock.advance(5000);
    expect([ended.error?.code, tries()]).to.deep.equal(['store-record', 1]);
  });

  it('throws a defect as it is', async () => {
    const { clock, ended, tries } = begin([new TypeError('a defect')]);
    await clock.advance(5000);
    expect([ended.error?.message, tries()]).to.deep.equal(['a defect', 1]);
  });

  it('ends with the lock', async () => {
    const { clock, ended, lost } = begin([away()]);
    await clock.advance(60_000);
    expect(ended).to.deep.equal({});
    lost.abort(new Error('lost'));
    await clock.advance(1);
    expect(ended.error?.code).to.equal('store-unreachable');
  });

  it('waits a while for routers to write their leases again, and then believes that there is none', async () => {
    const back = begin([away(), none(), none(), 'yes']);
    await back.clock.advance(2000);
    expect(back.ended.value).to.equal('yes');
    const dead = begin([none()]);
    await dead.clock.advance(6000);
    expect(dead.ended).to.deep.equal({});
    await dead.clock.advance(2000);
    expect(dead.ended.error?.code).to.equal('router-none');
  });
});
