import { expect } from 'chai';
import { decide } from '../../../src/deploy/decide/decide.ts';
import { DeployProgress } from '../../../src/deploy/model/progress.ts';
import { problem } from '../../../src/errors.ts';
import { checkDecisions, plan, play } from '../../soak/decisions.ts';

const never = (): boolean => false;

describe('decide', () => {
  it('goes instance by instance: drain, activate, gate, ready', () => {
    expect(play(plan(2), never)).to.deep.include({
      end: 'done',
      waves: [
        'stage web-1, stage web-2',
        'drain web-1',
        'activate web-1',
        'gate web-1',
        'ready web-1',
        'drain web-2',
        'activate web-2',
        'gate web-2',
        'ready web-2',
        'finish web-1, finish web-2',
      ],
    });
  });

  it('goes batch by batch, and without drain when nothing balances', () => {
    expect(play(plan(3, { batch: 2, balanced: false }), never).waves).to.deep.equal([
      'stage web-1, stage web-2, stage web-3',
      'activate web-1, activate web-2',
      'gate web-1, gate web-2',
      'activate web-3',
      'gate web-3',
      'finish web-1, finish web-2, finish web-3',
    ]);
  });

  it('runs prepare everywhere and once on the first, before anything is switched', () => {
    const waves = play(
      plan(2, { hooks: { prepare: true, once: true, after: true, failure: false } }),
      never,
    ).waves;
    expect(waves.slice(0, 4)).to.deep.equal([
      'stage web-1, stage web-2',
      'prepare web-1, prepare web-2',
      'once web-1',
      'drain web-1',
    ]);
    expect(waves.filter((wave) => wave.startsWith('after'))).to.deep.equal(['after web-1', 'after web-2']);
  });

  it('runs once no second time when the instance it ran on may not leave the traffic', () => {
    const of = plan(2, {
      maxFailures: 1,
      hooks: { prepare: false, once: true, after: false, failure: false },
    });
    const ok = { release: 'new', result: 'ok', reason: null } as const;
    const refusal = problem('capacity', { host: 'web-1', reason: 'the others cannot', waited: '1m' });
    const progress = new DeployProgress([
      { kind: 'stage', instance: 'web-1', ...ok },
      { kind: 'stage', instance: 'web-2', ...ok },
      { kind: 'once', instance: 'web-1', ...ok },
      { kind: 'drain', instance: 'web-1', ...ok, result: 'failed', problem: refusal },
    ]);
    expect(decide(of, progress, null)).to.deep.include({
      act: [{ kind: 'drain', instance: 'web-2', release: 'new' }],
    });
  });

  it('puts the whole fleet back, the last one first, when one does not become healthy', () => {
    const { end, waves, reasons } = play(
      plan(3),
      (action) => action.kind === 'gate' && action.instance === 'web-2',
    );
    expect(end).to.equal('reverted');
    expect(reasons).to.deep.equal(['web-2: gate failed: broken']);
    expect(waves.slice(8)).to.deep.equal([
      'collect web-2',
      'restore web-2',
      'regate web-2',
      'reready web-2',
      'redrain web-1',
      'restore web-1',
      'regate web-1',
      'reready web-1',
    ]);
  });

  it('touches nothing when a release cannot be sent everywhere', () => {
    const { end, waves } = play(plan(3), (action) => action.kind === 'stage' && action.instance === 'web-3');
    expect(end).to.equal('failed');
    expect(waves).to.have.length(1);
  });

  for (const [kind, of] of [
    ['stage', plan(3)],
    ['prepare', plan(3, { strategy: 'blue-green', batch: 3, retire: ['live-1'] })],
    ['once', plan(3)],
  ] as const)
    it(`runs the failure hook for what ${kind} failed on, though nothing was switched`, () => {
      const hooks = { prepare: true, once: true, after: true, failure: true };
      const { end, waves, reasons } = play(
        { ...of, hooks },
        (action) => action.kind === 'failure' || (action.kind === kind && action.instance === 'web-1'),
      );
      expect([end, waves.at(-1)]).to.deep.equal(['failed', 'failure web-1']);
      expect(reasons).to.deep.equal([`web-1: ${kind} failed: broken`]);
    });

  it('is mixed when the way back fails on one, and still brings the others back', () => {
    const { end, waves } = play(
      plan(2),
      (action) => (action.kind === 'gate' || action.kind === 'restore') && action.instance === 'web-2',
    );
    expect(end).to.equal('mixed');
    expect(waves.at(-1)).to.equal('reready web-1');
  });

  it('freezes an irreversible release as it is', () => {
    const { end, waves } = play(plan(2, { onFailure: 'freeze' }), (action) => action.kind === 'gate');
    expect(end).to.equal('frozen');
    expect(waves.at(-1)).to.equal('collect web-1');
  });

  it('stops the service when there is no earlier release to go back to', () => {
    expect(play(plan(1, { previous: null }), (action) => action.kind === 'gate').waves.at(-1)).to.equal(
      'restore web-1',
    );
  });

  it('finishes the instance it is on when it is told to stop, and begins no other', () => {
    const { end, waves } = play(plan(3), never, (steps) => (steps >= 2 ? 'signal' : null));
    expect(end).to.equal('aborted');
    expect(waves.at(-1)).to.equal('ready web-1');
  });

  it('is aborted, all back, when it is told to stop while an instance does not become healthy', () => {
    const { end, waves, reasons } = play(
      plan(2),
      (action) => action.kind === 'gate',
      (steps) => (steps >= 2 ? 'signal' : null),
    );
    expect(end).to.equal('aborted');
    expect(reasons).to.deep.equal(['web-1: gate failed: broken', 'stopped by a signal']);
    expect(waves.at(-1)).to.equal('reready web-1');
  });

  it('goes back when the deadline passes in the middle, and finishes when it passes at the end', () => {
    const late = play(plan(2), never, (steps) => (steps >= 3 ? 'deadline' : null));
    expect([late.end, late.reasons]).to.deep.equal(['reverted', ['the deadline of the rollout has passed']]);
    expect(play(plan(1), never, (steps) => (steps >= 5 ? 'deadline' : null)).end).to.equal('done');
  });

  it('ends as failed, with nothing switched, when the deadline passes while it sends', () => {
    expect(play(plan(2), never, (steps) => (steps >= 1 ? 'deadline' : null)).end).to.equal('failed');
  });

  it('never leaves an instance in between, whatever fails and whenever it is stopped (property)', () => {
    checkDecisions({ runs: 2000 });
  });
});
