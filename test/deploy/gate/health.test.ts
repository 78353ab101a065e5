import { expect } from 'chai';
import { asBefore, beginWatch, addAnswer, healthVerdict } from '../../../src/deploy/gate/health.ts';
import type { HealthAnswer } from '../../../src/deploy/runtime/instance-runtime.ts';

const limits = { rise: 1, holdMs: 1000, withinMs: 2000 };
const seen = (process: string): HealthAnswer => ({ ok: true, reason: 'runs', said: 'exit 0', process });

/** One answer each 500 ms; where it stands after each. */
function stands(...answers: HealthAnswer[]): string[] {
  let watch = beginWatch(0);
  return answers.map((judged, at) => {
    watch = addAnswer(watch, judged, at * 500);
    return healthVerdict(watch, limits, at * 500);
  });
}

describe('the health of a service that runs', () => {
  it('is good when one process holds', () => {
    expect(stands(seen('7'), seen('7'), seen('7'))).to.deep.equal(['waiting', 'waiting', 'healthy']);
  });

  it('is never good while it ends and is started again, though each answer is good', () => {
    expect(stands(seen('1'), seen('2'), seen('3'), seen('4'), seen('5')).at(-1)).to.equal('failed');
  });

  it('begins anew with the process that replaced another', () => {
    expect(stands(seen('1'), seen('2'), seen('2'), seen('2'), seen('2'))).to.deep.equal([
      'waiting',
      'waiting',
      'waiting',
      'waiting',
      'healthy',
    ]);
  });

  it('knows nothing of processes where none is told', () => {
    const plain = { ok: true, reason: 'runs', said: 'exit 0' };
    expect(stands(plain, plain, plain).at(-1)).to.equal('healthy');
  });
});

describe('what an earlier release without a check of its own says', () => {
  const judged = (said: string): HealthAnswer => ({ ok: false, reason: `says ${said}`, said });
  for (const [before, said, ok] of [
    ['404', '404', true],
    ['401 release', '401 release', true],
    ['404', '405', false],
    ['200 release', '200', false],
    ['open', 'open', true],
    ['none', 'none', false],
    ['503', '503', false],
    ['closed', 'closed', false],
    ['exit 1', 'exit 1', false],
    [null, '404', false],
  ] as const)
    it(`${said} after ${before ?? 'nobody asked'} is ${ok ? 'as well as before' : 'no good sign'}`, () => {
      expect(asBefore(judged(said), before).ok).to.equal(ok);
    });

  it('is well by the check itself, whatever it was before', () => {
    expect(asBefore({ ok: true, reason: '', said: '200' }, 'none').ok).to.equal(true);
  });
});
