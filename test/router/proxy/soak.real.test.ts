import { expect } from 'chai';
import { needs } from '../../support/needs.ts';
import { checkTraffic } from '../../soak/traffic.ts';

describe('router: mixed traffic, a hundredth of the soak', function () {
  this.timeout(90_000);
  before(needs('redis-server'));
  const seed = Date.now() % 2 ** 31;

  it(`no wrong byte, no lost request, nothing left behind (seed ${seed})`, async () => {
    const told = await checkTraffic({ runs: 12, seed });
    for (const kind of [
      'small',
      'transfer',
      'slowReader',
      'abort',
      'events',
      'webSocket',
      'weights',
      'drains',
    ])
      expect(told[kind], kind).to.be.greaterThan(2);
    expect(told['in flight at the end']).to.equal(0);
  });
});
