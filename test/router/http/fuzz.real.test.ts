import { expect } from 'chai';
import { checkAnswerFuzz } from '../../soak/fuzz/answer-fuzz.ts';
import { checkPlainFuzz } from '../../soak/fuzz/plain-fuzz.ts';
import { checkRouterFuzz } from '../../soak/fuzz/router-fuzz.ts';

describe('router under hostile clients', function () {
  this.timeout(120_000);
  const seed = Date.now() % 2 ** 31;

  it(`an instance sees what each client sent, or nothing (1,000 inputs, seed ${seed})`, async () => {
    const told = await checkRouterFuzz({ runs: 1000, seed });
    expect(told.inputs).to.equal(1000);
    expect(told.passed).to.be.greaterThan(500);
    expect(told.refused).to.be.greaterThan(300);
    expect(told.handedOn).to.be.greaterThan(150);
  });

  it(`what it reads itself is what Node's parser finds (10,000 inputs, seed ${seed})`, async () => {
    const told = await checkPlainFuzz({ runs: 10_000, seed });
    expect(told.inputs).to.equal(10_000);
    expect(told.read).to.be.within(2000, 6000);
    expect(told.read + told.declined).to.equal(10_000);
  });

  it(`answers are what Node's client finds in them, however they are torn (1,000 inputs, seed ${seed})`, async () => {
    const told = await checkAnswerFuzz({ runs: 1000, seed });
    expect(told.inputs).to.equal(1000);
    expect(told.passed).to.be.within(400, 800);
    expect(told.refused).to.be.within(200, 500);
  });
});
