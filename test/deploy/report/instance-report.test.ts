import { expect } from 'chai';
import type { ActionKind, Performed } from '../../../src/deploy/model/actions.ts';
import { instanceReports } from '../../../src/deploy/report/instance-report.ts';
import { problem, type Problem } from '../../../src/errors.ts';
import { plan } from '../../soak/decisions.ts';
import { factsOf } from '../journal/journal-cases.ts';

const lost = problem('ssh-lost', { host: 'web-1', title: 'mark' });
const full = problem('remote-disk-full', { host: 'web-1', title: 'mark', path: '/srv/shop' });
const sick = problem('gate-failed', { host: 'web-1', release: 'new', reason: 'status 503' });
const ended = problem('release-ended', { host: 'web-1', release: 'new' });

type Step = ActionKind | readonly [ActionKind, Problem];
const records = (instance: string, steps: readonly Step[]): Performed[] =>
  steps.map((step): Performed => {
    if (typeof step === 'string') return { kind: step, instance, release: 'new', result: 'ok', reason: null };
    const [kind, own] = step;
    return { kind, instance, release: 'new', result: 'failed', reason: own.message, problem: own };
  });
const till = (last: ActionKind): ActionKind[] => {
  const all: ActionKind[] = ['stage', 'drain', 'activate', 'gate', 'ready', 'after', 'finish'];
  return all.slice(0, all.indexOf(last) + 1);
};

/** What is told of web-1 and, where it is a switch, of the instance that served before. */
describe('what is told of an instance', () => {
  const cases: readonly (readonly [says: string, steps: readonly Step[], told: string])[] = [
    ['all of it', till('finish'), 'new healthy deployed'],
    ['not reached for its end', [...till('after'), ['finish', lost]], 'null unknown failed'],
    ['not marked', [...till('after'), ['finish', full]], 'new healthy failed'],
    ['ended after its gate', [...till('after'), ['finish', ended]], 'new unhealthy failed'],
    ['not healthy, left as it is', [...till('activate'), ['gate', sick]], 'new unhealthy failed'],
    ['not reached by its gate, left as it is', [...till('activate'), ['gate', lost]], 'new unknown failed'],
    ['not asked yet', till('activate'), 'new unknown failed'],
    ['the switch was cut', [...till('drain'), ['activate', lost]], 'null unknown failed'],
    ['the switch failed', [...till('drain'), ['activate', full]], 'null unknown failed'],
    ['back', [...till('activate'), ['gate', sick], 'restore', 'regate'], 'old healthy reverted'],
    ['back, and not healthy', [...till('gate'), 'restore', ['regate', sick]], 'old unhealthy failed'],
    ['back, and not reached', [...till('gate'), 'restore', ['regate', lost]], 'old unknown failed'],
    ['back, and not asked', [...till('gate'), 'restore'], 'old unknown failed'],
    ['not back', [...till('gate'), ['restore', lost]], 'null unknown failed'],
    ['never begun', [], 'old unknown untouched'],
  ];
  for (const [says, steps, told] of cases)
    it(says, () => {
      const [one] = instanceReports(plan(1), {}, records('web-1', steps), new Map());
      expect(`${one?.release} ${one?.health} ${one?.did}`).to.equal(told);
    });

  const served: readonly (readonly [says: string, steps: readonly Step[], told: string])[] = [
    ['retired', ['retire', 'cool'], 'old unknown retired'],
    ['retired, and not reached to be stopped', ['retire', ['cool', lost]], 'null unknown retired'],
    ['never touched, never asked', [], 'old unknown untouched'],
    ['called back', ['retire', 'recall'], 'old healthy untouched'],
    ['not called back', ['retire', ['recall', lost]], 'old unknown failed'],
    ['it did not leave, and stays so', [['retire', lost]], 'old unknown failed'],
  ];
  for (const [says, steps, told] of served)
    it(`of the group that served before: ${says}`, () => {
      const of = plan(1, { strategy: 'blue-green', retire: ['old-1'] });
      const all = instanceReports(of, { 'old-1': factsOf() }, records('old-1', steps), new Map());
      const one = all.find(({ name }) => name === 'old-1');
      expect(`${one?.release} ${one?.health} ${one?.did}`).to.equal(told);
    });
});
