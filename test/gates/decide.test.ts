import { expect } from 'chai';
import type { GateAnswer } from '../../src/gates/answer.ts';
import { decide, enter, isDue, notAsked, verdictOf, type GateState } from '../../src/gates/decide.ts';

const letters = { y: 'yes', n: 'no', u: 'unknown', e: 'error' } as const;
type Letter = keyof typeof letters;

/** The outcome after each answer, as letters: p(ass) f(ail) u(nknown). */
function outcomes(answers: string, limits: { failures: number; errors: number }): string {
  let standing: GateState = enter(notAsked, 1);
  let seen = '';
  for (const [at, letter] of [...answers].entries()) {
    const answer: GateAnswer = { said: letters[letter as Letter], reason: `answer ${at}` };
    standing = decide(limits, standing, answer, { at: 1000 + at, step: 1 });
    seen += standing.outcome.slice(0, 1);
  }
  return seen;
}

describe('what answers make of a gate', () => {
  for (const [says, answers, failures, errors, expected] of [
    ['a yes passes, as often as it comes', 'yyy', 1, 4, 'ppp'],
    ['one no fails where one is enough, for good', 'ynyyy', 1, 4, 'pffff'],
    ['fewer noes than that leave it open', 'ynny', 3, 4, 'puup'],
    ['so many in a row fail', 'nnnny', 3, 4, 'uufff'],
    ['a yes between begins the row anew', 'nnynn', 3, 4, 'uupuu'],
    ['not known yet neither counts nor breaks the row', 'nunun', 3, 4, 'uuuuf'],
    ['an error neither counts nor breaks the row of noes', 'nenen', 3, 4, 'uuuuf'],
    ['what is not known yet never fails', 'uuuuuuuu', 1, 1, 'uuuuuuuu'],
    ['an error is not known, the last of the row a failure', 'yeeeey', 1, 4, 'puuuff'],
    ['any answer ends a row of errors', 'eeeyeeeueeeneee', 5, 4, 'uuupuuuuuuuuuuu'],
    ['one error is enough where errors is 1', 'e', 1, 1, 'f'],
  ] as const)
    it(says, () => expect(outcomes(answers, { failures, errors })).to.equal(expected));

  it('tells which answer it is of how many', () => {
    const limits = { failures: 2, errors: 2 };
    const asked = { at: 5, step: 1 };
    const start = enter(notAsked, 1);
    const reasons = (first: GateAnswer): string[] => {
      const one = decide(limits, start, first, asked);
      return [one.reason, decide(limits, one, first, asked).reason];
    };
    expect(reasons({ said: 'no', reason: '7 is above 5' })).to.deep.equal([
      '7 is above 5, 1 of 2 in a row',
      '7 is above 5, 2 in a row',
    ]);
    expect(reasons({ said: 'error', reason: 'ECONNREFUSED' })).to.deep.equal([
      'no answer, 1 of 2 in a row: ECONNREFUSED',
      'no answer 2 times in a row: ECONNREFUSED',
    ]);
    expect(decide(limits, start, { said: 'yes', reason: 'fine', value: 3 }, asked)).to.deep.equal({
      outcome: 'pass',
      reason: 'fine',
      noes: 0,
      errors: 0,
      askedAt: 5,
      step: 1,
      value: 3,
    });
  });
});

describe('a gate at another step', () => {
  const limits = { failures: 2, errors: 4 };
  const first = enter(notAsked, 1);
  const passed = decide(limits, first, { said: 'yes', reason: 'fine' }, { at: 9, step: 1 });

  it('has to pass anew, and is asked at once', () => {
    const next = enter(passed, 2);
    expect(next).to.include({
      outcome: 'unknown',
      reason: 'not asked yet in this step',
      askedAt: null,
      step: 2,
    });
    expect(isDue(next, 60_000, 10)).to.equal(true);
    expect(enter(passed, 1)).to.equal(passed);
  });

  it('keeps its failure and its rows', () => {
    const no = decide(limits, first, { said: 'no', reason: 'slow' }, { at: 9, step: 1 });
    const again = decide(limits, enter(no, 2), { said: 'no', reason: 'slow' }, { at: 10, step: 2 });
    expect(again.outcome).to.equal('fail');
    expect(enter(again, 3)).to.include({ outcome: 'fail', reason: 'slow, 2 in a row' });
  });

  it('does not pass by an answer that it was asked for in the step before; a no counts', () => {
    const next = enter(passed, 2);
    const late = { at: 9, step: 1 };
    expect(decide(limits, next, { said: 'yes', reason: 'fine' }, late)).to.equal(next);
    expect(decide(limits, next, { said: 'no', reason: 'slow' }, late)).to.include({ noes: 1, askedAt: null });
  });
});

describe('when a gate is asked', () => {
  const asked = { ...notAsked, askedAt: 100_000 };
  for (const [says, standing, now, expected] of [
    ['never asked: at once', notAsked, 0, true],
    ['its time has passed', asked, 130_000, true],
    ['not yet', asked, 120_000, false],
    ['a moment early', asked, 129_050, true],
    ['more than a moment early', asked, 128_000, false],
    ['the clock was set back', asked, 90_000, true],
    ['it has failed: never again', { ...asked, outcome: 'fail' } as GateState, 900_000, false],
  ] as const)
    it(says, () => expect(isDue(standing, 30_000, now)).to.equal(expected));
});

describe('the verdict of all gates', () => {
  const standing = (outcome: GateState['outcome'], reason: string): GateState => ({
    ...notAsked,
    outcome,
    reason,
  });
  const yes = standing('pass', 'fine');
  for (const [says, standings, expected] of [
    ['none at all: pass', {}, { outcome: 'pass', reasons: [] }],
    ['all pass', { a: yes, b: yes }, { outcome: 'pass', reasons: ['a: fine', 'b: fine'] }],
    ['nobody was asked: not known', { a: notAsked }, { outcome: 'unknown', reasons: ['a: not asked yet'] }],
    [
      'one is not known',
      { a: yes, b: standing('unknown', 'soon') },
      { outcome: 'unknown', reasons: ['b: soon'] },
    ],
    [
      'one fails, whatever the others say',
      { a: yes, b: standing('unknown', 'soon'), c: standing('fail', 'slow') },
      { outcome: 'fail', reasons: ['c: slow'] },
    ],
  ] as const)
    it(says, () => expect(verdictOf(standings)).to.deep.equal(expected));
});
