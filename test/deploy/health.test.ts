import { expect } from 'chai';
import { beginWatch, observe, standing, type Judged } from '../../src/deploy/perform/health.ts';

const limits = { rise: 1, holdMs: 1000, withinMs: 2000 };
const seen = (process: string): Judged => ({ ok: true, reason: 'runs', process });

/** One answer each 500 ms; where it stands after each. */
function stands(...answers: Judged[]): string[] {
  let watch = beginWatch(0);
  return answers.map((judged, at) => {
    watch = observe(watch, judged, at * 500);
    return standing(watch, limits, at * 500);
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
    const plain = { ok: true, reason: 'runs' };
    expect(stands(plain, plain, plain).at(-1)).to.equal('healthy');
  });
});
