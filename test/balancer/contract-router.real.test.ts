import { balancerContract } from './contract.ts';
import { routerWorld } from './router-world.ts';

describe('the balancer: the embedded router', function () {
  this.timeout(120_000);
  balancerContract(routerWorld);
});
