import { expect } from 'chai';
import { eject, observe, unknownHealth, type MemberHealth } from '../../../src/router/fleet/health.ts';
import { keptSamples } from '../../../src/router/stats/recent.ts';
import { parseSnapshot, snapshotText } from '../../../src/router/disk/snapshot.ts';
import {
  armedAfter,
  decideRevert,
  waitAfter,
  type RevertFacts,
  type RevertRules,
} from '../../../src/router/revert/revert.ts';
import { initial } from '../../../src/traffic/index.ts';

const limits = { rise: 2, fall: 3 };
const after = (checks: string, from: MemberHealth = unknownHealth): string =>
  [...checks].reduce(
    (health, one) => (one === 'x' ? eject(health) : observe(health, one === '+', limits)),
    from,
  ).state;

const healths: [name: string, checks: string, state: string][] = [
  ['nothing asked', '', 'unknown'],
  ['the first success', '+', 'healthy'],
  ['the first failure', '-', 'unhealthy'],
  ['two failures are not enough', '+--', 'healthy'],
  ['three failures in a row', '+---', 'unhealthy'],
  ['failures with a success between', '+--+--', 'healthy'],
  ['one success is not enough to return', '+---+', 'unhealthy'],
  ['two successes in a row', '+---++', 'healthy'],
  ['successes with a failure between', '+---+-+', 'unhealthy'],
  ['a refused connection, at once', '+x', 'unhealthy'],
  ['a refused connection on the way back', '+x+x+', 'unhealthy'],
  ['back by checks after a refused connection', '+x++', 'healthy'],
];

describe('health of an instance', () => {
  for (const [name, checks, state] of healths)
    it(`${name}: ${state}`, () => expect(after(checks)).to.equal(state));
});

const rules: RevertRules = {
  errorRate: 5,
  windowMs: 10_000,
  minRequests: 20,
  resume: 'auto',
  afterMs: 30_000,
  maxAfterMs: 100_000,
};
const calm: RevertFacts = {
  now: 100_000,
  id: 'r1',
  share: 33,
  samples: [],
  canary: { total: 1, usable: 1, drained: 0 },
  armed: true,
  reverted: null,
  relapses: 0,
  resumedAt: null,
  healthySince: 0,
};
const counted = (answers: number, errors: number) => ({
  samples: [
    { at: 0, answers: 10, errors: 3 },
    { at: 1, answers: 10 + answers, errors: 3 + errors },
  ],
});
const dead = { canary: { total: 1, usable: 0, drained: 0 }, healthySince: null };
const held = (by: string, since: number) => ({ reverted: { by, since, reason: 'errors' }, share: 0 });

const reverts: [name: string, facts: Partial<RevertFacts>, rules: Partial<RevertRules>, kind: string][] = [
  ['all is well', counted(100, 0), {}, 'none'],
  ['exactly the rate', counted(100, 5), {}, 'none'],
  ['above the rate', counted(100, 6), {}, 'revert'],
  ['too few requests to tell', counted(19, 19), {}, 'none'],
  ['just enough requests', counted(20, 2), {}, 'revert'],
  ['errors while the canary gets nothing', { ...counted(100, 50), share: 0 }, {}, 'none'],
  ['a canary that died', dead, {}, 'revert'],
  ['a canary that never lived', { ...dead, armed: false }, {}, 'none'],
  ['a dead canary that gets nothing', { ...dead, share: 0 }, {}, 'none'],
  ['a canary that is out for a deploy', { canary: { total: 1, usable: 0, drained: 1 } }, {}, 'none'],
  ['no canary at all', { canary: { total: 0, usable: 0, drained: 0 } }, {}, 'none'],
  ['reverted, and it is too early', { ...held('r1', 80_000) }, {}, 'none'],
  ['reverted long ago, and healthy since', { ...held('r1', 70_000) }, {}, 'resume'],
  [
    'reverted long ago, healthy again for a moment',
    { ...held('r1', 10_000), healthySince: 99_000 },
    {},
    'none',
  ],
  ['reverted long ago, and still dead', { ...held('r1', 10_000), ...dead }, {}, 'none'],
  ['reverted by another router, which is given time', { ...held('r2', 60_000) }, {}, 'none'],
  ['reverted by another router that must be gone', { ...held('r2', 40_000) }, {}, 'resume'],
  [
    'a second relapse waits four times as long',
    { ...held('r1', 10_000), relapses: 2 },
    { maxAfterMs: 120_000 },
    'none',
  ],
  [
    'a second relapse, when that is over',
    { ...held('r1', 10_000), relapses: 2, now: 130_000 },
    { maxAfterMs: 120_000 },
    'resume',
  ],
  [
    'the longest wait is over, after whichever relapse',
    { ...held('r1', 10_000), relapses: 900, now: 110_000 },
    {},
    'resume',
  ],
  ['reverted, and a person has to resume', { ...held('r1', 10_000) }, { resume: 'manual' }, 'none'],
];

describe('passive revert', () => {
  for (const [name, facts, own, kind] of reverts) {
    it(`${name}: ${kind}`, () =>
      expect(decideRevert({ ...calm, ...facts }, { ...rules, ...own }).kind).to.equal(kind));
  }
  const relapses: [what: string, facts: Partial<RevertFacts>, relapses: number][] = [
    ['the first revert', {}, 0],
    ['soon after it was put back', { resumedAt: 90_000 }, 1],
    ['again soon after it was put back', { resumedAt: 90_000, relapses: 1 }, 2],
    ['after a good while', { resumedAt: 100_000, relapses: 1, now: 100_000 + 10 * 60_000 }, 0],
    ['just before a good while', { resumedAt: 100_000, relapses: 1, now: 99_999 + 10 * 60_000 }, 2],
    ['a person has taken it in hand', { resumedAt: null, relapses: 0 }, 0],
    ['the clock was set back', { resumedAt: 200_000, relapses: 1 }, 2],
  ];
  for (const [what, facts, count] of relapses) {
    it(`counts relapses, ${what}: ${count}`, () =>
      expect(decideRevert({ ...calm, ...dead, ...facts }, rules)).to.deep.include({
        kind: 'revert',
        relapses: count,
      }));
  }
  it('waits twice as long after each relapse, up to the longest', () => {
    const waits = [0, 1, 2, 3, 4, 1000].map((count) => waitAfter(count, { ...rules, maxAfterMs: 300_000 }));
    expect(waits).to.deep.equal([30_000, 60_000, 120_000, 240_000, 300_000, 300_000]);
    expect(waitAfter(3, { ...rules, maxAfterMs: 1 }), 'never less than after').to.equal(30_000);
  });
  it('tells how many failed', () => {
    expect(decideRevert({ ...calm, ...counted(50, 10) }, rules)).to.deep.include({
      reason: '10 of 50 requests to the canary failed within 10 s',
    });
  });
  it('calls nobody dead who was taken out on purpose, until it has lived again', () => {
    expect(armedAfter(false, { total: 1, usable: 1, drained: 0 })).to.equal(true);
    expect(armedAfter(true, { total: 1, usable: 0, drained: 0 })).to.equal(true);
    expect(armedAfter(true, { total: 1, usable: 0, drained: 1 })).to.equal(false);
    expect(armedAfter(false, { total: 1, usable: 0, drained: 0 })).to.equal(false);
  });
  it('keeps the samples of the window and the one before', () => {
    const at = (...times: number[]) => times.map((one) => ({ at: one, answers: 0, errors: 0 }));
    expect(keptSamples(at(1, 2, 3, 4), 10, 7)).to.deep.equal(at(2, 3, 4));
    expect(keptSamples(at(8, 9), 10, 7)).to.deep.equal(at(8, 9));
    expect(keptSamples(at(1, 2), 100, 7), 'a long sleep').to.deep.equal(at(1, 2));
  });
});

describe('what the router remembers', () => {
  it('comes back as it was', () => {
    const text = snapshotText(initial(33, 1), ['b', 'a']);
    expect(parseSnapshot(text)).to.deep.equal({
      ok: true,
      value: { state: initial(33, 1), healthy: ['a', 'b'] },
    });
  });
  const bad: Record<string, string> = {
    nothing: '',
    'half a file': snapshotText(initial(33, 1), []).slice(0, 40),
    'another format': '{"format":2}',
    'a state that is none': '{"format":1,"state":{"weight":33},"healthy":[]}',
    zeros: '\0\0\0\0',
  };
  for (const [name, text] of Object.entries(bad)) {
    it(`is refused: ${name}`, () => expect(parseSnapshot(text)).to.have.property('ok', false));
  }
});
