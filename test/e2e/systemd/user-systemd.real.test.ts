import { expect } from 'chai';
import {
  needsSystemd,
  nastyEnv,
  shopUnit,
  startSystemdWorld,
  type SystemdWorld,
} from '../../support/hosts/systemd-world.ts';

describe("a service of the user's systemd", function () {
  this.timeout(60_000);
  let at: SystemdWorld;
  before(needsSystemd);
  before(async () => {
    at = await startSystemdWorld();
  });
  after(() => at?.stop());
  let good = '';
  const asDeploy = (script: string): string =>
    at.host('runuser -u deploy -- env XDG_RUNTIME_DIR=/run/user/$(id -u deploy) sh -ec "$1"', script);
  before(() => {
    at.configure({ kind: 'user-systemd', env: nastyEnv });
    at.put('/home/deploy/.config/systemd/user', 'shop.service', shopUnit());
    at.host('chown -R deploy: /home/deploy');
  });

  it('wants the user to linger, or the service would end with the connection', async () => {
    await at.release('10', 'sick');
    const { code, json, stderr } = await at.deploy();
    expect([code, json.errors.map((item: { code: string }) => item.code)], stderr).to.deep.equal([
      1,
      ['linger-missing'],
    ]);
    expect(json.errors[0].hint).to.contain('loginctl enable-linger deploy');
    expect(at.host('ls -A /srv/shop')).to.equal('');
    at.host('loginctl enable-linger deploy');
  });

  it('needs no rule for sudo', async () => {
    expect((await at.canopy('explain', 'sudo')).json.data.rules).to.deep.equal([]);
  });

  it('stops the service and takes current away when the first deploy fails', async () => {
    const { code, json, stderr } = await at.deploy();
    expect([code, json.outcome], stderr).to.deep.equal([3, 'reverted']);
    expect(asDeploy('systemctl --user is-active shop || true')).to.equal('inactive');
    expect(at.host('ls -A /srv/shop')).not.to.contain('current');
  });

  it('deploys twice, reverts a bad release, and tells what runs', async () => {
    for (const version of ['11', '12']) {
      await at.release(version);
      const { code, json, stderr } = await at.deploy();
      expect(code, stderr).to.equal(0);
      good = json.data.release;
      expect(await at.environment()).to.include({ ...nastyEnv, CANOPY_RELEASE: good });
    }
    await at.release('13', 'dead');
    const bad = await at.deploy();
    expect([bad.code, bad.json.outcome], bad.stderr).to.deep.equal([3, 'reverted']);
    expect([at.current(), (await at.environment())?.['CANOPY_RELEASE']]).to.deep.equal([good, good]);
    expect(await at.status()).to.include({ release: good, running: true });
    asDeploy('systemctl --user stop shop');
    expect(await at.status()).to.include({ release: good, running: false });
  });

  it('takes the main process for a proof here too', async () => {
    at.configure({ kind: 'user-systemd', health: '{ running: 500ms, within: 3s, every: 50ms }' });
    await at.release('14');
    const { code, json, stderr } = await at.deploy();
    expect(code, stderr).to.equal(0);
    expect(json.warnings).to.deep.equal([]);
    expect(await at.status()).to.include({ release: json.data.release, running: true });
  });
});
