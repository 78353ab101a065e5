import { expect } from 'chai';
import { needsSystemd, startSystemdWorld, type SystemdWorld } from '../../support/hosts/systemd-world.ts';
import { waitFor } from '../../support/wait-for.ts';

/** The old release has to be back within this too, on a machine that is busy. */
const health = '{ path: /health, release: x-release, within: 8s, every: 50ms, rise: 2 }';

describe('a bad release of a service of systemd', function () {
  this.timeout(180_000);
  let at: SystemdWorld;
  before(needsSystemd);
  before(async () => {
    at = await startSystemdWorld();
  });
  after(() => at?.stop());
  let good = '';
  before(async () => {
    at.configure({ health });
    await at.install();
    await at.release('1');
    const { code, json, stderr } = await at.deploy();
    expect(code, stderr).to.equal(0);
    good = json.data.release;
  });

  for (const [kind, restart] of [
    ['sick', 'on-failure'],
    ['dead', 'on-failure'],
    ['dead', 'always'],
    ['mortal', 'always'],
  ] as const) {
    it(`reverts a ${kind} release of a unit with Restart=${restart}, and the old one runs`, async () => {
      at.configure({ health });
      at.dropIn(`Restart=${restart}`);
      await at.release(`bad ${kind} ${restart}`, kind);
      if (kind === 'mortal') at.configure({ health: '{ running: 4s, within: 6s, every: 100ms }' });
      const { code, json, stderr } = await at.deploy();
      expect([code, json.outcome], stderr).to.deep.equal([3, 'reverted']);
      expect([at.active(), at.current(), (await at.environment())?.['CANOPY_RELEASE']]).to.deep.equal([
        'active',
        good,
        good,
      ]);
      await at.clean();
      at.dropIn(null);
    });
  }

  it('puts the old release back though the new one used up the start limit of the unit', async () => {
    at.configure({ health });
    at.dropIn('Restart=always\nRestartSec=1ms\n[Unit]\nStartLimitIntervalSec=600\nStartLimitBurst=1');
    await at.release('6', 'dead');
    const cursor = at.host(`journalctl -n 0 --show-cursor | sed -n 's/^-- cursor: //p'`).trim();
    const { code, json, stderr } = await at.deploy();
    expect([code, json.outcome], stderr).to.deep.equal([3, 'reverted']);
    await waitFor('systemd to say that it gave up', () =>
      at
        .host('journalctl -u shop --after-cursor "$1"', cursor)
        .includes('Start request repeated too quickly'),
    );
    expect([at.active(), at.current()]).to.deep.equal(['active', good]);
    at.dropIn(null);
    at.configure();
  });
});
