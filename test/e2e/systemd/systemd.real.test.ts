import { expect } from 'chai';
import {
  needsSystemd,
  nastyEnv,
  shopUnit,
  startSystemdWorld,
  type SystemdWorld,
} from '../../support/hosts/systemd-world.ts';

describe('a service of systemd', function () {
  this.timeout(60_000);
  let at: SystemdWorld;
  before(needsSystemd);
  before(async () => {
    at = await startSystemdWorld();
  });
  after(() => at?.stop());
  let good = '';
  before(() => at.configure());

  it('names the missing unit before anything is touched', async () => {
    await at.release('1', 'sick');
    const { code, json, stderr } = await at.deploy();
    expect([code, json.errors.map((item: { code: string }) => item.code)], stderr).to.deep.equal([
      1,
      ['unit-missing', 'remote-permission'],
    ]);
    expect(at.host('ls -A /srv/shop')).to.equal('');
    await at.clean();
  });

  it('names the missing sudo rule before anything is touched', async () => {
    at.put('/etc/systemd/system', 'shop.service', shopUnit('User=deploy\n'));
    at.host('systemctl daemon-reload');
    const { code, json, stderr } = await at.deploy();
    expect([code, json.errors.length, json.errors[0].code], stderr).to.deep.equal([
      1,
      1,
      'remote-permission',
    ]);
    expect(json.errors[0].message).to.contain('web-1').and.contain('shop.service').and.contain('sudo');
    expect(json.errors[0].hint).to.contain('canopy explain sudo');
    expect(at.host('ls -A /srv/shop')).to.equal('');
    await at.clean();
  });

  it('stops the service and takes current away when the first deploy fails, with the printed rules', async () => {
    await at.install();
    const { code, json, stderr } = await at.deploy();
    expect([code, json.outcome], stderr).to.deep.equal([3, 'reverted']);
    expect(at.active()).to.equal('inactive');
    expect(at.host('ls -A /srv/shop')).not.to.contain('current');
    expect(await at.status()).to.include({ release: null, running: false });
    await at.clean();
  });

  it('leaves nothing half done when a hook was to bring the unit and did not', async () => {
    at.host('mv /etc/systemd/system/shop.service /root; systemctl daemon-reload');
    at.configure({ prepare: 'true' });
    const { code, json, stderr } = await at.deploy();
    expect([code, json.outcome], stderr).to.deep.equal([3, 'reverted']);
    expect(json.reasons[0]).to.contain('shop.service not found');
    expect(at.host('ls -A /srv/shop')).not.to.contain('current');
    await at.clean();
    at.host('mv /root/shop.service /etc/systemd/system; systemctl daemon-reload');
  });

  it('deploys, and every value of env arrives unchanged', async () => {
    at.configure({ env: nastyEnv });
    await at.release('2');
    const { code, json, stderr } = await at.deploy();
    expect(code, stderr).to.equal(0);
    good = json.data.release;
    expect(await at.environment()).to.include({
      ...nastyEnv,
      CANOPY_RELEASE: good,
      CANOPY_INSTANCE: 'web-1',
      USER: 'deploy',
    });
    expect([at.active(), at.current()]).to.deep.equal(['active', good]);
    expect(json.warnings ?? []).to.deep.equal([]);
    expect(await at.status()).to.include({ release: good, running: true });
  });

  it('takes the main process for a proof when no answer tells the release', async () => {
    at.configure({ health: '{ path: /env, within: 3s, every: 50ms, rise: 2 }', env: nastyEnv });
    await at.release('3');
    const { code, json, stderr } = await at.deploy();
    expect(code, stderr).to.equal(0);
    good = json.data.release;
    expect(json.warnings).to.deep.equal([]);
    expect(at.host('readlink "/proc/$(systemctl show -p MainPID --value shop)/cwd"')).to.equal(
      `/srv/shop/releases/${good}`,
    );
  });

  it('fails the gate when the main process belongs to another release', async () => {
    at.dropIn(`WorkingDirectory=/srv/shop/releases/${good}`);
    await at.release('4');
    const { code, json, stderr } = await at.deploy();
    expect([code, json.outcome], stderr).to.deep.equal([3, 'reverted']);
    expect(json.reasons[0]).to.contain(`the main process of shop.service belongs to ${good}`);
    expect(at.current()).to.equal(good);
    at.dropIn(null);
  });

  it('takes the user who opened the port for a proof where nothing more may be read', async () => {
    at.dropIn('User=nobody');
    const { code, json, stderr } = await at.deploy();
    at.dropIn(null);
    expect(code, stderr).to.equal(0);
    expect([json.warnings, json.data.instances[0].proof]).to.deep.equal([[], 'owner']);
    good = json.data.release;
  });

  it('tells running and stopped, and starts a release that was stopped', async () => {
    await at.release('7');
    const { code, json, stderr } = await at.deploy();
    expect(code, stderr).to.equal(0);
    good = json.data.release;
    expect(await at.status()).to.include({ release: good, running: true });
    at.host('systemctl stop shop');
    expect(await at.status()).to.include({ release: good, running: false });
    const again = await at.deploy();
    expect([again.code, again.json.outcome], again.stderr).to.deep.equal([0, 'done']);
    expect(await at.status()).to.include({ release: good, running: true });
    expect((await at.deploy()).json.outcome).to.equal('unchanged');
    at.host('systemctl kill -s KILL shop && systemctl stop shop');
    expect(await at.status()).to.include({ running: false });
  });

  it('warns when env is set and the unit does not read it', async () => {
    at.configure({ env: { COLOUR: 'green' }, health: '{ path: /env, within: 3s, every: 50ms, rise: 2 }' });
    at.dropIn('EnvironmentFile=');
    const dry = await at.canopy('deploy', '--environment', 'production', '--dry-run');
    const { code, json, stderr } = await at.deploy();
    expect(code, stderr).to.equal(0);
    for (const { warnings } of [dry.json, json]) {
      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.contain('EnvironmentFile=-/srv/shop/current/.canopy/env');
    }
    expect((await at.environment())?.['COLOUR']).to.equal(undefined);
    at.dropIn(null);
  });

  it('goes back by rollback', async () => {
    at.configure();
    const { code, json, stderr } = await at.canopy('rollback', '--environment', 'production');
    expect(code, stderr).to.equal(0);
    expect([at.active(), at.current(), (await at.environment())?.['CANOPY_RELEASE']]).to.deep.equal([
      'active',
      json.data.release,
      json.data.release,
    ]);
    expect(json.data.release).not.to.equal(good);
  });

  it('notices a sudo rule that was taken away, and leaves all as it is', async () => {
    const now = at.current();
    at.host(
      'printf "%s\\n" "deploy ALL=(root) NOPASSWD: /usr/bin/systemctl stop shop.service" > /etc/sudoers.d/canopy',
    );
    await at.release('8');
    const { code, json, stderr } = await at.deploy();
    expect([code, json.errors[0].code], stderr).to.deep.equal([1, 'remote-permission']);
    expect(json.errors[0].message).to.contain('restart, reset-failed');
    expect([at.active(), at.current()]).to.deep.equal(['active', now]);
    await at.clean();
  });
});
