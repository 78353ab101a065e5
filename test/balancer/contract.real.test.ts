import { join } from 'node:path';
import { needs } from '../support/needs.ts';
import { startSshd, type Sshd } from '../support/ssh/sshd.ts';
import { tempFolder } from '../support/temp.ts';
import { balancerContract } from './contract.ts';
import { commandsWorld, haproxyWorld } from './world.ts';

describe('the balancer: HAProxy by its socket', function () {
  this.timeout(120_000);
  before(needs('haproxy'));
  balancerContract((folder) => haproxyWorld(folder));
});

describe('the balancer: HAProxy through SSH, clients stick by a cookie', function () {
  this.timeout(120_000);
  before(needs('haproxy', 'sshd'));
  const folder = tempFolder();
  let sshd: Sshd;
  before(async () => (sshd = await startSshd({ folder: join(folder(), 'sshd') })));
  after(() => sshd?.stop());
  balancerContract((own) => haproxyWorld(own, { through: sshd, sticky: 'cookie' }));
});

describe("the balancer: a user's own commands", function () {
  this.timeout(120_000);
  before(needs('haproxy'));
  balancerContract(commandsWorld);
});
