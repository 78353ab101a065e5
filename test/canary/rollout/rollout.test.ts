import { expect } from 'chai';
import fc from 'fast-check';
import {
  readRollout,
  rolloutRecord,
  writeRollout,
  type CanaryRollout,
} from '../../../src/canary/rollout/rollout.ts';
import { newAnalysis, noCounts, peek } from '../../../src/judge/index.ts';
import { notAsked } from '../../../src/gates/decide.ts';
import { fakeStore } from '../../fakes/store.ts';
import { quietLog } from '../../support/quiet-log.ts';
import { lawsOf, words } from '../../support/services/record-laws.ts';

const options = {
  confidence: 0.99,
  maxErrorRateIncrease: 0.01,
  maxLatencyIncrease: 0.2,
  bucketMs: 10_000,
  warmUpMs: 0,
};
const look = (at: number) => ({ at, stable: noCounts, canary: noCounts, split: 5, stage: 0 });
const rollout: CanaryRollout = {
  salt: 'a1',
  release: '20261121093000-1a2b3c4-9f8e7d',
  startedAt: 1000,
  before: { ...noCounts, requests: 900, errors: 1, byClass: { '2xx': 899, '5xx': 1 } },
  steps: '5%/60000',
  step: 0,
  stepAt: 1000,
  outcome: 'pass',
  gates: null,
  analysis: peek(newAnalysis(options, 1000), look(2000)),
};

describe('canary/rollout', () => {
  it('is what was written, for the same canary alone', async () => {
    const store = fakeStore();
    const log = quietLog();
    await writeRollout('shop', rollout, store);
    expect(await readRollout('shop', 'a1', { store, log })).to.deep.equal(rollout);
    expect(await readRollout('shop', 'b2', { store, log })).to.equal(null);
    expect(await readRollout('other', 'a1', { store, log })).to.equal(null);
    await writeRollout('shop', { ...rollout, release: '', analysis: null }, store);
    expect(await readRollout('shop', 'a1', { store, log })).to.deep.include({ release: '', analysis: null });
  });

  it('of an older version knows nothing of what was before', () => {
    const { before, ...old } = rollout;
    expect(before?.requests).to.equal(900);
    const parsed = rolloutRecord.parse(JSON.stringify({ version: 1, ...old }));
    expect(parsed).to.deep.equal({ ok: true, value: { ...old, before: null } });
  });

  const text = JSON.stringify({ version: 1, ...rollout });
  const changed = (over: object): string => JSON.stringify({ ...(JSON.parse(text) as object), ...over });
  for (const [what, written] of [
    ['no JSON', 'nonsense'],
    ['nothing', 'null'],
    ['a list', '[]'],
    ['another version', changed({ version: 2 })],
    ['a step that is none', changed({ step: -1 })],
    ['a time that is none', changed({ stepAt: '1000' })],
    ['a release that would leave its folder', changed({ release: '../x' })],
    ['a salt that is none', changed({ salt: 1 })],
    ['an analysis that is none', changed({ analysis: { version: 1 } })],
    ['an analysis that is missing', changed({ analysis: undefined })],
    ['counts that are none', changed({ before: { requests: -1 } })],
    ['too much', `${text}${' '.repeat(6_000_000)}`],
  ] as const)
    it(`begins anew over ${what}, and says so`, async () => {
      const store = fakeStore();
      const log = quietLog();
      await store.set('canopy:shop:analysis', written);
      expect(await readRollout('shop', 'a1', { store, log })).to.equal(null);
      expect(log.lines.join()).to.contain('canopy:shop:analysis cannot be read');
    });

  lawsOf(
    rolloutRecord,
    fc.record({
      ...{ salt: words, steps: words, startedAt: fc.nat(), step: fc.nat(), stepAt: fc.nat() },
      release: fc.constantFrom('', rollout.release),
      before: fc.constantFrom(rollout.before, null),
      outcome: fc.constantFrom('pass' as const, 'fail' as const, null),
      gates: fc.option(fc.record({ smoke: words.map((reason) => ({ ...notAsked, reason })) }), { nil: null }),
      analysis: fc.constantFrom(rollout.analysis, null),
    }),
    100,
  );
});
