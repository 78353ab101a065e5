import { checkSshConfig } from '../../../soak/fuzz/ssh-config.ts';
import { needs } from '../../../support/needs.ts';

describe('random configurations of OpenSSH', () => {
  before(needs('ssh'));

  it('are read as ssh -G reads them, or refused: 2,000 of them', async function () {
    this.timeout(600_000);
    const seed = Date.now() % 2 ** 31;
    const told = await checkSshConfig({ runs: 2000, seed });
    console.log(`      seed ${seed}: ${JSON.stringify(told)}`);
  });
});
