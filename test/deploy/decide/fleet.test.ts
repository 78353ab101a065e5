import { expect } from 'chai';
import { actionsOf } from '../../../src/deploy/decide/actions-of.ts';
import { plan } from '../../soak/decisions.ts';
import { checkCarried, checkFleet } from '../../soak/fleet.ts';

const ends = ['done', 'partial', 'failed', 'reverted', 'frozen', 'mixed', 'aborted'];

describe('a simulated fleet', function () {
  this.timeout(120_000);
  const seed = Date.now() % 2 ** 31;

  it(`keeps every rule with 10,000 instances, whatever fails (10 runs, seed ${seed})`, async () => {
    const found = await checkFleet({ runs: 10, seed, instances: 10_000 });
    expect(Object.values(found).reduce((sum, count) => sum + count, 0)).to.equal(10);
  });

  it(`comes to every kind of end (small fleets, seed ${seed})`, async () => {
    expect(await checkFleet({ runs: 1500, seed, instances: 8 })).to.include.keys(...ends);
  });

  it(`keeps them under the real loop, with its journal (small fleets, seed ${seed})`, async () => {
    for (const instances of [1, 6, 20])
      expect(await checkCarried({ runs: 30, seed, instances })).to.include.keys('done');
  });

  it('goes through 10,000 instances one by one', () => {
    const waves = actionsOf(plan(10_000));
    expect(waves).to.have.length(1 + 4 * 10_000 + 1);
    expect(waves.at(-2)).to.deep.equal(['ready web-10000']);
  });
});
