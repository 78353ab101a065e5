import { expect } from 'chai';
import type { Action, Halt, Performed } from '../../../src/deploy/model/actions.ts';
import { decide } from '../../../src/deploy/decide/decide.ts';
import { DeployProgress } from '../../../src/deploy/model/progress.ts';
import { plan, play } from '../../soak/decisions.ts';
import { problem } from '../../../src/errors.ts';

const never = (): boolean => false;
const from =
  (step: number) =>
  (steps: number): Halt =>
    steps >= step ? 'lost' : null;
const reason = 'the probe lost more requests than maxLost allows';

describe('decide: the probe has lost too much', () => {
  it('puts back what was switched', () => {
    const { end, waves, reasons } = play(plan(3), never, from(6));
    expect([end, reasons]).to.deep.equal(['reverted', [reason]]);
    expect(waves.slice(6)).to.deep.equal([
      'undrain web-2',
      'redrain web-1',
      'restore web-1',
      'regate web-1',
      'reready web-1',
    ]);
  });

  it('puts all back when it is noticed at the very end', () => {
    const all = play(plan(1), never).waves;
    expect(all.at(-1)).to.equal('finish web-1');
    for (const step of [all.length - 1, all.length]) {
      const { end, waves } = play(plan(1), never, from(step));
      expect([end, waves.at(-1)], String(step)).to.deep.equal(['reverted', 'reready web-1']);
    }
  });

  it('ends as failed when nothing was switched yet', () => {
    const { end, reasons } = play(plan(2), never, from(1));
    expect([end, reasons]).to.deep.equal(['failed', [`${reason} before anything was switched`]]);
  });

  it('freezes what is not to be put back, and puts all back where single instances may fail', () => {
    expect(play(plan(2, { onFailure: 'freeze' }), never, from(4)).end).to.equal('frozen');
    expect(play(plan(2, { onFailure: 'continue', maxFailures: 2 }), never, from(4)).end).to.equal('reverted');
  });

  it('is mixed when the way back fails', () => {
    const { end } = play(plan(2), ({ kind }) => kind === 'restore', from(4));
    expect(end).to.equal('mixed');
  });

  it('goes on with the way back, not forward, when it is resumed from there', () => {
    for (const halt of ['lost', 'deadline'] as const) {
      const breaks = ({ kind, instance }: Action): boolean => kind === 'restore' && instance === 'web-1';
      const { end, performed } = play(plan(2), breaks, (steps) => (steps >= 6 ? halt : null));
      expect(end, halt).to.equal('mixed');
      const again = new DeployProgress(performed.filter(({ result }) => result === 'ok'));
      const waves: string[] = [];
      for (let next = decide(plan(2), again, null); 'act' in next; next = decide(plan(2), again, null))
        for (const action of next.act) {
          waves.push(`${action.kind} ${action.instance}`);
          again.note({ ...action, result: 'ok', reason: null });
        }
      expect(waves, halt).to.deep.equal(['restore web-1', 'regate web-1', 'reready web-1']);
      expect(decide(plan(2), again, null), halt).to.deep.include({ end: 'reverted' });
    }
  });

  it('switches back to the old group, also after the switch; not when that is told to stop', () => {
    const blue = plan(1, { strategy: 'blue-green', retire: ['old-1'], batches: [['web-1']] });
    const waves = ['stage', 'drain', 'activate', 'gate', 'ready'].map((kind) => `${kind} web-1`);
    const all = [...waves, 'retire old-1', 'finish web-1', 'cool old-1'];
    expect(play(blue, never).waves).to.deep.equal(all);
    for (const step of [6, 7]) {
      const { end, waves: seen } = play(blue, never, from(step));
      expect([end, seen.slice(step, step + 3)], String(step)).to.deep.equal([
        'reverted',
        ['recall old-1', 'redrain web-1', 'restore web-1'],
      ]);
    }
    expect(play(blue, never, from(8))).to.deep.include({ end: 'done', waves: all });
  });
});

describe('decide: an instance that could not be done without', () => {
  const refused = (instance: string): Performed => {
    const facts = { host: instance, reason: 'with it 2 of 3 would be out', waited: '1 min' };
    const own = problem('capacity', facts);
    return { kind: 'drain', instance, release: 'new', result: 'failed', reason: own.message, problem: own };
  };
  const staged = (count: number) => {
    const progress = new DeployProgress();
    for (let at = 1; at <= count; at += 1)
      progress.note({ kind: 'stage', instance: `web-${at}`, release: 'new', result: 'ok', reason: null });
    return progress;
  };

  it('was not touched: the deploy has failed before anything was switched', () => {
    const progress = staged(3);
    progress.note(refused('web-1'));
    expect(progress.touched).to.deep.equal([]);
    expect(decide(plan(3), progress, null)).to.deep.include({ end: 'failed' });
  });

  it('sends those back that were switched before, and is itself left alone', () => {
    const progress = staged(2);
    for (const kind of ['drain', 'activate', 'gate', 'ready'] as const)
      progress.note({ kind, instance: 'web-1', release: 'new', result: 'ok', reason: null });
    progress.note(refused('web-2'));
    expect(decide(plan(2), progress, null)).to.deep.equal({
      act: [{ kind: 'redrain', instance: 'web-1', release: 'old' }],
      opens: false,
    });
  });
});
