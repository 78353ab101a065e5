import { expect } from 'chai';
import { stringify } from 'yaml';
import { readConfig } from '../../src/config/index.ts';
import { written } from '../../src/explain/written/written.ts';

const read = (analysis: string) =>
  readConfig(`app: shop\ncanary: { analysis: ${analysis} }`, '/app/canopy.yml', { HOME: '/' }).config;

describe('canary.analysis', () => {
  it('has the defaults of the contract', () => {
    expect(read('{}').canary.analysis).to.deep.equal({
      everyMs: 10_000,
      bucketMs: 10_000,
      warmUpMs: 30_000,
      confidence: 99,
      maxErrorRateIncrease: 1,
      maxLatencyIncrease: 20,
      onInconclusive: 'wait',
      maxWaitMs: 1_800_000,
    });
  });

  it('makes a bucket at least as long as the time between two looks', () => {
    expect(read('{ every: 1m }').canary.analysis).to.include({ everyMs: 60_000, bucketMs: 60_000 });
    expect(read('{ every: 1s }').canary.analysis).to.include({ everyMs: 1000, bucketMs: 10_000 });
  });

  for (const [text, meant] of [
    ['off', 'off'],
    ['false', 'off'],
    ['150%', 150],
    ['0%', 0],
  ] as const)
    it(`takes maxLatencyIncrease: ${text}, and explain config writes what means the same`, () => {
      const config = read(`{ maxLatencyIncrease: ${text}, confidence: 99.9%, maxErrorRateIncrease: 0.5% }`);
      expect(config.canary.analysis.maxLatencyIncrease).to.equal(meant);
      const again = readConfig(stringify(written(config)), '/app/canopy.yml', { HOME: '/' }).config;
      expect(again.canary.analysis).to.deep.equal(config.canary.analysis);
    });
});
