import { expect } from 'chai';
import { decideRamp, stepOf, type RampFacts, type RampRules } from '../../../src/canary/rollout/ramp.ts';

const steps = [
  { weight: 5, forMs: 60_000 },
  { weight: 33, forMs: 120_000 },
];
const facts = (over: Partial<RampFacts> = {}): RampFacts => ({
  now: 1_000_000,
  steps,
  step: 0,
  stepAt: 1_000_000,
  gone: null,
  judged: 'inconclusive',
  gates: 'pass',
  ...over,
});
const rules = (onInconclusive: RampRules['onInconclusive'] = 'wait'): RampRules => ({
  onInconclusive,
  maxWaitMs: 30_000,
});
const over = { now: 1_060_000 };
const last = { step: 1, now: 1_120_000 };

describe('canary/ramp', () => {
  for (const [what, given, own, wanted] of [
    ['looks on while the step lasts', {}, rules(), { kind: 'look', waiting: false }],
    [
      'does not shorten a step that has passed',
      { judged: 'pass' },
      rules(),
      { kind: 'look', waiting: false },
    ],
    [
      'goes on when it has passed',
      { ...over, judged: 'pass' },
      rules(),
      { kind: 'next', step: 1, proven: true },
    ],
    [
      'ends with the last step',
      { ...last, judged: 'pass' },
      rules(),
      { kind: 'end', outcome: 'pass', why: 'steps' },
    ],
    ['fails at once', { judged: 'fail' }, rules('pass'), { kind: 'end', outcome: 'fail', why: 'judged' }],
    ['fails by a gate', { gates: 'fail' }, rules('pass'), { kind: 'end', outcome: 'fail', why: 'gates' }],
    [
      'fails when the canary is gone, whatever the judge says',
      { ...last, judged: 'pass', gone: 'alert' },
      rules('pass'),
      { kind: 'end', outcome: 'fail', why: 'gone' },
    ],
    ['waits for a verdict', over, rules(), { kind: 'look', waiting: true }],
    [
      'waits for a gate too',
      { ...over, judged: 'pass', gates: 'unknown' },
      rules(),
      { kind: 'look', waiting: true },
    ],
    [
      'waits no longer than it may',
      { now: 1_090_000 },
      rules(),
      { kind: 'end', outcome: 'inconclusive', why: 'wait' },
    ],
    ['goes on unproven where that is wanted', over, rules('pass'), { kind: 'next', step: 1, proven: false }],
    [
      'ends unproven where that is wanted',
      last,
      rules('pass'),
      { kind: 'end', outcome: 'pass', why: 'policy' },
    ],
    [
      'fails unproven where that is wanted',
      over,
      rules('fail'),
      { kind: 'end', outcome: 'fail', why: 'policy' },
    ],
    [
      'never fails unproven while the step lasts',
      { now: 1_059_999 },
      rules('fail'),
      { kind: 'look', waiting: false },
    ],
    [
      'ends at a share without a time, when there was a step before',
      { steps: [...steps, { weight: 50, forMs: 0 }], step: 2 },
      rules(),
      { kind: 'end', outcome: 'pass', why: 'steps' },
    ],
    [
      'passes nothing that was never looked at',
      { steps: [{ weight: 50, forMs: 0 }] },
      rules(),
      { kind: 'look', waiting: true },
    ],
    [
      'ends when the step is none',
      { step: 7 },
      rules('pass'),
      { kind: 'end', outcome: 'pass', why: 'steps' },
    ],
  ] as const)
    it(what, () => expect(decideRamp(facts(given), own)).to.deep.equal(wanted));

  it('begins at the step that has the present share', () => {
    for (const [weight, step] of [
      [0, 0],
      [5, 0],
      [6, 1],
      [33, 1],
      [50, 1],
    ] as const)
      expect(stepOf(steps, weight), String(weight)).to.equal(step);
    expect(stepOf([], 5)).to.equal(0);
  });
});
