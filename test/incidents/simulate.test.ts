import { simulate } from './simulate.ts';

describe('a day of 10,000 targets, on a virtual clock', () => {
  const first = Number(process.env['CANOPY_TEST_SEED'] ?? Date.now() % 2 ** 31);
  it(`ten seeds from ${first}: nobody is told twice, nothing is missed or left open`, () => {
    for (let seed = first; seed < first + 10; seed += 1) simulate(seed, 10_000);
  });
});
