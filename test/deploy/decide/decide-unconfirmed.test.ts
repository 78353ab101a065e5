import { expect } from 'chai';
import { decide } from '../../../src/deploy/decide/decide.ts';
import { DeployProgress } from '../../../src/deploy/model/progress.ts';
import { entriesOf } from '../../../src/deploy/journal/journal.ts';
import type { Halt, Performed } from '../../../src/deploy/model/actions.ts';
import type { Plan } from '../../../src/deploy/model/plan.ts';
import { instanceReports } from '../../../src/deploy/report/instance-report.ts';
import { plan } from '../../soak/decisions.ts';

const none = 'no router of shop is running';
const blue = plan(1, { strategy: 'blue-green', retire: ['old-1'] });
const after = { prepare: false, once: false, after: true, failure: false };

/** How it ends when nobody confirms `unconfirmed`, `fails` fails, and it is stopped after that many waves. */
function endOf(of: Plan, unconfirmed: string, fails = '', stop: [number, Halt] = [100, null]) {
  const progress = new DeployProgress();
  for (let waves = 0; waves < 100; waves += 1) {
    const decision = decide(of, progress, waves >= stop[0] ? stop[1] : null);
    if ('end' in decision) return { end: decision.end, reasons: decision.reasons, progress };
    for (const action of decision.act) {
      const name = `${action.kind} ${action.instance}`;
      const ended: Pick<Performed, 'result' | 'reason'> =
        name === fails ? { result: 'failed', reason: 'broken' } : { result: 'ok', reason: null };
      progress.note({ ...action, ...ended, ...(name === unconfirmed ? { unconfirmed: none } : {}) });
    }
  }
  throw new Error('it does not end');
}

describe('decide: what nobody has confirmed is not done', () => {
  const cases: readonly (readonly [string, Plan, string, string?, [number, Halt]?])[] = [
    ['forward', plan(2), 'ready web-1'],
    ['with a group', blue, 'ready web-1'],
    ['on the way back', plan(2), 'reready web-1', 'gate web-2'],
    ['when it went back alone', plan(2, { maxFailures: 1 }), 'reready web-1', 'gate web-1'],
    ['when it was only drained', plan(2, { batch: 2 }), 'undrain web-2', 'drain web-1'],
    ['the group that served before', blue, 'recall old-1', 'retire old-1'],
    ['when it is told to stop', plan(3), 'ready web-1', '', [5, 'signal']],
  ];
  for (const [says, of, unconfirmed, fails, stop] of cases)
    it(`${says}: ${unconfirmed}`, () => {
      const { end, reasons, progress } = endOf(of, unconfirmed, fails, stop);
      expect(end).to.equal('mixed');
      const [kind, instance] = unconfirmed.split(' ');
      expect(reasons).to.include(`${instance}: ${kind} is not confirmed: ${none}`);
      // The journal keeps that it was asked for, and that nobody has confirmed it.
      const entry = entriesOf(progress.records).find((one) => `${one.kind} ${one.instance}` === unconfirmed);
      expect(entry).to.deep.include({ result: 'ok', unconfirmed: true });
      const report = instanceReports(of, {}, progress.records, new Map());
      expect(report.find(({ name }) => name === instance)?.did).to.equal('failed');
    });

  for (const [says, of, fails, end] of [
    ['the fleet went back, and that is confirmed', plan(2), 'gate web-2', 'reverted'],
    ['it alone went back', plan(2, { hooks: after, maxFailures: 1 }), 'after web-1', 'partial'],
    ['the other group takes over again', { ...blue, hooks: after }, 'after web-1', 'reverted'],
  ] as const)
    it(`what came later counts: ${says}`, () => {
      expect(endOf(of, 'ready web-1', fails).end).to.equal(end);
    });
});
