import { expect } from 'chai';
import type { Action, Halt } from '../../../src/deploy/model/actions.ts';
import { decide } from '../../../src/deploy/decide/decide.ts';
import type { Plan } from '../../../src/deploy/model/plan.ts';
import { DeployProgress } from '../../../src/deploy/model/progress.ts';
import { problem } from '../../../src/errors.ts';
import { plan } from '../../soak/decisions.ts';

const stale = problem('lock-stale', { host: 'web-1', token: 3, seen: 4 });
const full = problem('remote-disk-full', { host: 'web-1', title: 'mark', path: '/srv/shop' });

/** How it ends when these are refused. */
function endOf(of: Plan, refused: (action: Action) => boolean, as = stale, halt: Halt = null) {
  const progress = new DeployProgress();
  for (let steps = 0; steps < 100; steps += 1) {
    const decision = decide(of, progress, halt !== null && steps > 6 ? halt : null);
    if ('end' in decision) return decision;
    for (const action of decision.act)
      progress.note(
        refused(action)
          ? { ...action, result: 'failed', reason: as.message, problem: as }
          : { ...action, result: 'ok', reason: null },
      );
  }
  throw new Error('it does not end');
}

describe('decide: another run has taken over', () => {
  const atEnd = ({ kind }: Action): boolean => kind === 'finish';
  const blue = plan(1, { strategy: 'blue-green', retire: ['old-1'], batches: [['web-1']] });

  it('is never done when it was refused only at the end', () => {
    for (const of of [plan(1), plan(2), blue]) {
      const { end, reasons } = endOf(of, atEnd);
      expect([end, reasons[0]]).to.deep.equal(['mixed', `web-1: finish failed: ${stale.message}`]);
    }
  });

  it('is no more done when the end failed for another reason', () => {
    expect(endOf(plan(1), atEnd, full).end).to.equal('mixed');
  });

  it('is neither reverted nor aborted when the way back was refused', () => {
    const back = ({ kind }: Action): boolean => ['gate', 'collect', 'redrain', 'restore'].includes(kind);
    expect(endOf(plan(2), back).end).to.equal('mixed');
    expect(endOf(plan(2), back, stale, 'signal').end).to.equal('mixed');
  });

  it('is failed when nothing was touched by then', () => {
    expect(endOf(plan(2), ({ kind }) => kind === 'stage').end).to.equal('failed');
  });
});
