import { expect } from 'chai';
import { newAnalysis, noCounts, optionsOf, outcomeOf, peek, verdictOf } from '../../src/judge/index.ts';
import { binomial, randomOf } from '../../src/judge/statistics/draws.ts';
import { buildAnalysis } from '../../src/config/sections/canary/analysis.ts';
import { after, begun, options } from './setting.ts';

const stable = { requests: 67 };
const canary = { requests: 33 };

describe('verdict of an analysis', () => {
  it('is inconclusive before anything was compared', () => {
    expect(verdictOf(newAnalysis(options, 0))).to.include({
      outcome: 'inconclusive',
      sentence: 'inconclusive after 0 canary requests: nothing was compared yet',
      ruledOut: null,
      couldHaveSeen: null,
    });
  });

  it('tells the smallest increase that would have been seen', () => {
    const play = after(begun({ maxLatencyIncrease: 0.2 }), 12, canary, { requests: 67 });
    expect(verdictOf(play.analysis).sentence).to.equal(
      'inconclusive after 396 canary requests: 0 of 396 failed, stable 0 %; would have seen +15 points',
    );
  });

  // Requests a second, the canary's share, stable's errors, seconds: the examples of the method.
  const seen: [number, number, number, number, number][] = [
    [10, 0.33, 0.001, 120, 15],
    [10, 0.33, 0.001, 600, 4.1],
    [100, 0.33, 0.001, 300, 2.5],
    [10, 0.05, 0.01, 300, 20],
    [1, 0.33, 0.001, 900, 9.3],
  ];
  for (const [perSecond, share, base, seconds, points] of seen)
    it(`could have seen +${points} points after ${seconds} s of ${perSecond}/s at ${share * 100} %`, () => {
      const play = { ...begun({ maxLatencyIncrease: 0.2 }) };
      const random = randomOf(3);
      let { analysis, look } = play;
      for (let time = 10; time <= seconds; time += 10) {
        const own = Math.round(time * perSecond * share) - look.canary.requests;
        const other = Math.round(time * perSecond * (1 - share)) - look.stable.requests;
        const next = after(
          { analysis, look },
          1,
          { requests: own, errors: binomial(random, own, base) },
          {
            requests: other,
            errors: binomial(random, other, base),
          },
        );
        ({ analysis, look } = next);
      }
      expect(verdictOf(analysis).couldHaveSeen).to.be.closeTo(points, points * 0.08);
    });

  it('passes when the traffic is enough, and tells what is ruled out', () => {
    expect(outcomeOf(after(begun(), 51, canary, stable).analysis)).to.equal('inconclusive');
    const judgement = verdictOf(after(begun(), 52, canary, stable).analysis);
    expect(judgement).to.include({ outcome: 'pass', ruledOut: 1, stageBuckets: 52, dropped: 0 });
    expect(judgement.reasons).to.include('an increase of 1 point or more is ruled out');
    expect(judgement.sentence).to.match(
      /^pass after 1716 canary requests: 0 of 1716 failed, stable 0 %; would/,
    );
  });

  it('passes a stage anew', () => {
    const passed = after(begun(), 60, canary, stable);
    expect(outcomeOf(passed.analysis)).to.equal('pass');
    const next = after(passed, 3, canary, stable, { stage: 1, split: 50 });
    expect(verdictOf(next.analysis)).to.include({ outcome: 'inconclusive', stageBuckets: 2 });
  });

  it('needs three buckets for a pass, however much came', () => {
    const much = after(begun(), 2, { requests: 33_000 }, { requests: 67_000 });
    expect(verdictOf(much.analysis)).to.include({ outcome: 'inconclusive' });
    expect(verdictOf(much.analysis).reasons[0]).to.match(/^2 of 3 buckets of 10 s/);
    expect(outcomeOf(after(much, 1, { requests: 33_000 }, { requests: 67_000 }).analysis)).to.equal('pass');
  });

  const broken: [string, number, number, number][] = [
    ['half of the requests, 33 of 100', 33, 16, 67],
    ['half of a few requests', 5, 3, 95],
    ['all of a few requests', 5, 5, 95],
    ['the only request of each bucket', 1, 1, 19],
    ['all of many requests', 330, 330, 670],
  ];
  for (const [name, requests, errors, others] of broken)
    it(`fails an outright broken canary in two or three buckets: ${name}`, () => {
      const dose = { requests, errors };
      const three = after(begun(), 3, dose, { requests: others });
      expect(outcomeOf(after(begun(), 1, dose, { requests: others }).analysis)).to.equal('inconclusive');
      expect(outcomeOf(three.analysis)).to.equal('fail');
      expect(verdictOf(three.analysis).sentence).to.equal(
        `fail after ${3 * requests} canary requests: ${3 * errors} of ${3 * requests} failed, stable 0 %`,
      );
    });

  it('stays a failure whatever follows', () => {
    const failed = after(begun(), 3, { requests: 33, errors: 20 }, stable);
    const later = after(after(failed, 500, canary, stable), 90, canary, stable, { stage: 1, split: 50 });
    expect(outcomeOf(later.analysis)).to.equal('fail');
    expect(verdictOf(later.analysis).reasons[0]).to.match(/^errors: more than 1 % \(maxErrorRateIncrease\)/);
    expect(later.analysis.failed).to.deep.equal({ metric: 'errors', at: 30_000 });
  });

  it('sees a regression that begins after an hour as fast as one at the start', () => {
    const healthy = after(begun(), 360, canary, stable);
    expect(outcomeOf(healthy.analysis)).to.equal('pass');
    expect(outcomeOf(after(healthy, 4, { requests: 33, errors: 16 }, stable).analysis)).to.equal('fail');
  });

  it('does not blame the canary for what both arms suffer', () => {
    const play = after(begun(), 60, { requests: 33, errors: 16 }, { requests: 67, errors: 33 });
    expect(outcomeOf(play.analysis)).to.equal('inconclusive');
  });

  it('is inconclusive without traffic on stable, also after a pass', () => {
    const never = after(begun(), 30, { requests: 100 }, { requests: 0 });
    expect(verdictOf(never.analysis)).to.include({ outcome: 'inconclusive', buckets: 0 });
    expect(verdictOf(never.analysis).reasons[0]).to.match(/^stable took no request for 300 s/);
    const passed = after(begun(), 60, canary, stable);
    const gone = after(passed, 10, { requests: 100 }, { requests: 0 });
    expect(outcomeOf(gone.analysis)).to.equal('inconclusive');
    const dead = after(passed, 10, { requests: 0 }, { requests: 100 });
    expect(verdictOf(dead.analysis).reasons[0]).to.equal('the canary took no request for 100 s');
  });

  it('never passes small traffic by silence', () => {
    const seed = Date.now() % 2 ** 31;
    for (let run = 0; run < 20; run += 1) {
      const random = randomOf(seed + run);
      let play = begun();
      // One request a second, 5 % of them for the canary, for 25 minutes.
      for (let time = 0; time < 150; time += 1) {
        const own = binomial(random, 10, 0.05);
        play = after(play, 1, { requests: own }, { requests: 10 - own });
        expect(outcomeOf(play.analysis), `seed ${seed + run}`).to.equal('inconclusive');
      }
    }
  });

  it('knows what stable did before the rollout', () => {
    const before = { ...noCounts, requests: 60_000, errors: 1200 };
    const known = newAnalysis(options, 0, before);
    expect(known.errors.tally.known).to.deep.equal({ requests: 60_000, hits: 1200 });
    const look = { at: 0, stable: noCounts, canary: noCounts, split: 33, stage: 0 };
    const play = { analysis: peek(known, look), look };
    // A rate that stable has always had is none of the canary's making, though stable shows it less for a while.
    const dose = [{ requests: 33, errors: 1 }, { requests: 67 }] as const;
    expect(verdictOf(after(play, 20, ...dose).analysis).errors.fail).to.be.below(
      verdictOf(after(begun(), 20, ...dose).analysis).errors.fail - 1,
    );
  });

  it('tells classes of errors and what was thrown away', () => {
    let play = after(begun(), 3, { requests: 33, errors: 3, timeouts: 1 }, stable);
    play = after(play, 1, canary, stable, { drop: 'web-1 has restarted' });
    const { reasons } = verdictOf(play.analysis);
    expect(reasons).to.include('errors of the canary: 6 5xx, 3 timeout');
    expect(reasons).to.include('open buckets thrown away: 1, the last one because: web-1 has restarted');
  });

  it('takes its numbers from canary.analysis', () => {
    expect(optionsOf(buildAnalysis({}))).to.deep.equal({
      confidence: 0.99,
      maxErrorRateIncrease: 0.01,
      maxLatencyIncrease: 0.2,
      bucketMs: 10_000,
      warmUpMs: 30_000,
    });
    expect(optionsOf(buildAnalysis({ maxLatencyIncrease: 'off' })).maxLatencyIncrease).to.equal(null);
  });

  for (const [name, value] of [
    ['confidence', 1],
    ['confidence', 0.3],
    ['maxErrorRateIncrease', 0],
    ['maxErrorRateIncrease', 0.8],
    ['maxLatencyIncrease', -1],
    ['bucketMs', 10],
    ['warmUpMs', Number.NaN],
  ] as const)
    it(`refuses ${name} ${value}`, () => {
      expect(() => newAnalysis({ ...options, [name]: value }, 0)).to.throw(`with ${name} ${value}`);
    });
});
