import { expect } from 'chai';
import { aborts, scenarios } from '../soak/judge.ts';
import { checkIncidents } from '../soak/judge-incident.ts';

const named = (name: string) => {
  const found = scenarios.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no scenario ${name}`);
  return found;
};
const seedOf = (): number => Date.now() % 2 ** 31;

describe('false aborts in rollouts of two hours', function () {
  this.timeout(120_000);

  it('1,000 canaries that are just like stable: at most 3', () => {
    expect(aborts(named('alone, 33 %, base 0.1 %'), 1000, 20260601)).to.be.at.most(3);
  });

  it('1,000 canaries exactly one point worse, as far as allowed: at most 12', () => {
    expect(aborts(named('on the margin, base 0.1 %'), 1000, 20260601)).to.be.at.most(12);
  });

  // Allowed are 0.3 %, in the last one 0.4 %; of 200 that would be one: more than four never come by luck.
  for (const name of [
    'alone, 5 %, base 1 %',
    'bursts of 1 s, 33 %, base 1 %',
    'spells of 5 s, 33 %, base 1 %',
  ]) {
    const seed = seedOf();
    it(`200 of: ${name} (seed ${seed})`, () => {
      expect(aborts(named(name), 200, seed)).to.be.at.most(4);
    });
  }

  const seed = seedOf();
  it(`200 of: the split goes from 5 to 50 % in an incident of both arms (seed ${seed})`, () => {
    expect(checkIncidents(200, seed)).to.be.at.most(4);
  });
});
