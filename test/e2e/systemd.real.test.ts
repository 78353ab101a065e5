import { expect } from 'chai';
import { needs } from '../support/needs.ts';
import { bootsHosts } from '../support/nspawn.ts';
import { startSystemdWorld, type SystemdWorld } from '../support/systemd-world.ts';

const nasty = {
  QUOTES: `it's "quoted"`,
  DOLLARS: '$HOME ${HOME} $$ $(id) `id` %h %%',
  BACKSLASHES: String.raw`C:\new\table \\ \" \$ \x41 end\ `.trimEnd() + '\\',
  SPACES: '  two  before, a tab\tand two after  ',
  SIGNS: "# ; ! * ? [a] {b} ~ | & < > = == '",
  BRANDS: 'ÄÖÜ € 漢字 🚀',
  CONTROL: 'a\rb\u001b[1mc\u0007',
  EMPTY: '',
};

describe('services on a real systemd', function () {
  this.timeout(60_000);
  let at: SystemdWorld;
  before(
    needs(
      'root',
      'redis-server',
      'sshd',
      'git',
      'systemd-nspawn',
      'unshare',
      'nsenter',
      'setpriv',
      'ip',
      'sudo',
      bootsHosts,
    ),
  );
  before(async () => {
    at = await startSystemdWorld();
  });
  after(() => at?.stop());

  const deploy = () => at.canopy('deploy', '--environment', 'production');
  const status = async () =>
    (await at.canopy('status', '--environment', 'production')).json.data.environments[0].instances[0];
  const host = (script: string, ...words: string[]): string => at.host.sh(script, ...words).trim();
  const current = (): string => host('readlink /srv/shop/current || true').replace(/^releases\//, '');
  const clean = async (): Promise<void> => {
    expect((await at.canopy('lock', 'show', '--environment', 'production')).json.data.locks).to.deep.equal(
      [],
    );
  };
  const unit = (folder: string, name: string, text: string): void =>
    void host('mkdir -p "$1" && printf %s "$3" > "$1/$2"', folder, name, text);
  const shop = (more = '', restart = 'on-failure'): string =>
    `[Service]\n${more}WorkingDirectory=/srv/shop/current\nEnvironmentFile=-/srv/shop/current/.canopy/env\nExecStart=node app.js\nRestart=${restart}\n`;
  let good = '';

  describe('systemd', () => {
    const system = '/etc/systemd/system';
    const active = (): string => host('systemctl is-active shop || true');
    const dropIn = (text: string | null): void => {
      if (text === null) host('rm -rf /etc/systemd/system/shop.service.d');
      else unit(`${system}/shop.service.d`, 'more.conf', `[Service]\n${text}\n`);
      host('systemctl daemon-reload');
    };
    before(() => at.configure());

    it('names the missing unit before anything is touched', async () => {
      await at.release('1', 'sick');
      const { code, json, stderr } = await deploy();
      expect([code, json.errors.map((item: { code: string }) => item.code)], stderr).to.deep.equal([
        1,
        ['unit-missing', 'remote-permission'],
      ]);
      expect(host('ls -A /srv/shop')).to.equal('');
      await clean();
    });

    it('names the missing sudo rule before anything is touched', async () => {
      unit(system, 'shop.service', shop('User=deploy\n'));
      host('systemctl daemon-reload');
      const { code, json, stderr } = await deploy();
      expect([code, json.errors.length, json.errors[0].code], stderr).to.deep.equal([
        1,
        1,
        'remote-permission',
      ]);
      expect(json.errors[0].message).to.contain('web-1').and.contain('shop.service').and.contain('sudo');
      expect(json.errors[0].hint).to.contain('canopy explain sudo');
      expect(host('ls -A /srv/shop')).to.equal('');
      await clean();
    });

    it('stops the service and takes current away when the first deploy fails, with the printed rules', async () => {
      const { rules } = (await at.canopy('explain', 'sudo')).json.data;
      expect(rules).to.have.length(1);
      host(
        'printf "%s\\n" "$@" > /etc/sudoers.d/canopy; chmod 440 /etc/sudoers.d/canopy; visudo -cq',
        ...rules,
      );
      const { code, json, stderr } = await deploy();
      expect([code, json.outcome], stderr).to.deep.equal([3, 'reverted']);
      expect(active()).to.equal('inactive');
      expect(host('ls -A /srv/shop')).not.to.contain('current');
      expect(await status()).to.include({ release: null, running: false });
      await clean();
    });

    it('leaves nothing half done when a hook was to bring the unit and did not', async () => {
      host('mv /etc/systemd/system/shop.service /root; systemctl daemon-reload');
      at.configure({ prepare: 'true' });
      const { code, json, stderr } = await deploy();
      expect([code, json.outcome], stderr).to.deep.equal([3, 'reverted']);
      expect(json.reasons[0]).to.contain('shop.service not found');
      expect(host('ls -A /srv/shop')).not.to.contain('current');
      await clean();
      host('mv /root/shop.service /etc/systemd/system; systemctl daemon-reload');
    });

    it('deploys, and every value of env arrives unchanged', async () => {
      at.configure({ env: nasty });
      await at.release('2');
      const { code, json, stderr } = await deploy();
      expect(code, stderr).to.equal(0);
      good = json.data.release;
      expect(await at.environment()).to.include({
        ...nasty,
        CANOPY_RELEASE: good,
        CANOPY_INSTANCE: 'web-1',
        USER: 'deploy',
      });
      expect([active(), current()]).to.deep.equal(['active', good]);
      expect(json.warnings ?? []).to.deep.equal([]);
      expect(await status()).to.include({ release: good, running: true });
    });

    it('takes the main process for a proof when no answer tells the release', async () => {
      at.configure({ health: '{ path: /env, within: 3s, every: 50ms, rise: 2 }', env: nasty });
      await at.release('3');
      const { code, json, stderr } = await deploy();
      expect(code, stderr).to.equal(0);
      good = json.data.release;
      expect(json.warnings).to.deep.equal([]);
      expect(host('readlink "/proc/$(systemctl show -p MainPID --value shop)/cwd"')).to.equal(
        `/srv/shop/releases/${good}`,
      );
    });

    it('fails the gate when the main process belongs to another release', async () => {
      dropIn(`WorkingDirectory=/srv/shop/releases/${good}`);
      await at.release('4');
      const { code, json, stderr } = await deploy();
      expect([code, json.outcome], stderr).to.deep.equal([3, 'reverted']);
      expect(json.reasons[0]).to.contain(`the main process belongs to /srv/shop/releases/${good}`);
      expect(current()).to.equal(good);
      dropIn(null);
    });

    it('warns when nothing proves the release: a process of another user', async () => {
      dropIn('User=nobody');
      const { code, json, stderr } = await deploy();
      dropIn(null);
      expect(code, stderr).to.equal(0);
      expect(json.warnings).to.have.length(1);
      expect(json.warnings[0]).to.contain('nothing proves which release answers');
      good = json.data.release;
    });

    for (const [kind, restart] of [
      ['sick', 'on-failure'],
      ['dead', 'on-failure'],
      ['dead', 'always'],
      ['mortal', 'always'],
    ] as const) {
      it(`reverts a ${kind} release of a unit with Restart=${restart}, and the old one runs`, async () => {
        at.configure();
        dropIn(`Restart=${restart}`);
        await at.release(`bad ${kind} ${restart}`, kind);
        if (kind === 'mortal') at.configure({ health: '{ running: 1500ms, within: 3s, every: 100ms }' });
        const { code, json, stderr } = await deploy();
        expect([code, json.outcome], stderr).to.deep.equal([3, 'reverted']);
        expect([active(), current(), (await at.environment())?.['CANOPY_RELEASE']]).to.deep.equal([
          'active',
          good,
          good,
        ]);
        await clean();
        dropIn(null);
      });
    }

    it('puts the old release back though the new one used up the start limit of the unit', async () => {
      at.configure({ health: '{ path: /health, release: x-release, within: 2s, every: 50ms, rise: 2 }' });
      dropIn('Restart=always\n[Unit]\nStartLimitIntervalSec=600\nStartLimitBurst=3');
      await at.release('6', 'dead');
      const { code, json, stderr } = await deploy();
      expect([code, json.outcome], stderr).to.deep.equal([3, 'reverted']);
      expect(host('journalctl -u shop --since -1min')).to.contain('Start request repeated too quickly');
      expect([active(), current()]).to.deep.equal(['active', good]);
      dropIn(null);
      at.configure();
    });

    it('tells running and stopped, and starts a release that was stopped', async () => {
      await at.release('7');
      const { code, json, stderr } = await deploy();
      expect(code, stderr).to.equal(0);
      good = json.data.release;
      expect(await status()).to.include({ release: good, running: true });
      host('systemctl stop shop');
      expect(await status()).to.include({ release: good, running: false });
      const again = await deploy();
      expect([again.code, again.json.outcome], again.stderr).to.deep.equal([0, 'done']);
      expect(await status()).to.include({ release: good, running: true });
      expect((await deploy()).json.outcome).to.equal('unchanged');
      host('systemctl kill -s KILL shop && systemctl stop shop');
      expect(await status()).to.include({ running: false });
    });

    it('warns when env is set and the unit does not read it', async () => {
      at.configure({ env: { COLOUR: 'green' }, health: '{ path: /env, within: 3s, every: 50ms, rise: 2 }' });
      dropIn('EnvironmentFile=');
      const dry = await at.canopy('deploy', '--environment', 'production', '--dry-run');
      const { code, json, stderr } = await deploy();
      expect(code, stderr).to.equal(0);
      for (const { warnings } of [dry.json, json]) {
        expect(warnings).to.have.length(1);
        expect(warnings[0]).to.contain('EnvironmentFile=-/srv/shop/current/.canopy/env');
      }
      expect((await at.environment())?.['COLOUR']).to.equal(undefined);
      dropIn(null);
    });

    it('goes back by rollback', async () => {
      at.configure();
      const { code, json, stderr } = await at.canopy('rollback', '--environment', 'production');
      expect(code, stderr).to.equal(0);
      expect([active(), current(), (await at.environment())?.['CANOPY_RELEASE']]).to.deep.equal([
        'active',
        json.data.release,
        json.data.release,
      ]);
      expect(json.data.release).not.to.equal(good);
    });

    it('notices a sudo rule that was taken away, and leaves all as it is', async () => {
      const now = current();
      host(
        'printf "%s\\n" "deploy ALL=(root) NOPASSWD: /usr/bin/systemctl stop shop.service" > /etc/sudoers.d/canopy',
      );
      await at.release('8');
      const { code, json, stderr } = await deploy();
      expect([code, json.errors[0].code], stderr).to.deep.equal([1, 'remote-permission']);
      expect(json.errors[0].message).to.contain('restart, reset-failed');
      expect([active(), current()]).to.deep.equal(['active', now]);
      await clean();
    });
  });

  describe('user-systemd', () => {
    const asDeploy = (script: string): string =>
      host('runuser -u deploy -- env XDG_RUNTIME_DIR=/run/user/$(id -u deploy) sh -ec "$1"', script);
    before(() => {
      // From nothing: the unit of the system is gone, and so is every rule.
      host(
        'systemctl stop shop; rm -rf /etc/systemd/system/shop.service* /etc/sudoers.d/canopy /srv/shop/* /srv/shop/.canopy; systemctl daemon-reload',
      );
      at.configure({ kind: 'user-systemd', env: nasty });
      unit('/home/deploy/.config/systemd/user', 'shop.service', shop());
      host('chown -R deploy: /home/deploy');
    });

    it('wants the user to linger, or the service would end with the connection', async () => {
      const { code, json, stderr } = await deploy();
      expect([code, json.errors.map((item: { code: string }) => item.code)], stderr).to.deep.equal([
        1,
        ['linger-missing'],
      ]);
      expect(json.errors[0].hint).to.contain('loginctl enable-linger deploy');
      expect(host('ls -A /srv/shop')).to.equal('');
      host('loginctl enable-linger deploy');
    });

    it('needs no rule for sudo', async () => {
      expect((await at.canopy('explain', 'sudo')).json.data.rules).to.deep.equal([]);
    });

    it('stops the service and takes current away when the first deploy fails', async () => {
      await at.release('10', 'sick');
      const { code, json, stderr } = await deploy();
      expect([code, json.outcome], stderr).to.deep.equal([3, 'reverted']);
      expect(asDeploy('systemctl --user is-active shop || true')).to.equal('inactive');
      expect(host('ls -A /srv/shop')).not.to.contain('current');
    });

    it('deploys twice, reverts a bad release, and tells what runs', async () => {
      for (const version of ['11', '12']) {
        await at.release(version);
        const { code, json, stderr } = await deploy();
        expect(code, stderr).to.equal(0);
        good = json.data.release;
        expect(await at.environment()).to.include({ ...nasty, CANOPY_RELEASE: good });
      }
      await at.release('13', 'dead');
      const bad = await deploy();
      expect([bad.code, bad.json.outcome], bad.stderr).to.deep.equal([3, 'reverted']);
      expect([current(), (await at.environment())?.['CANOPY_RELEASE']]).to.deep.equal([good, good]);
      expect(await status()).to.include({ release: good, running: true });
      asDeploy('systemctl --user stop shop');
      expect(await status()).to.include({ release: good, running: false });
    });

    it('takes the main process for a proof here too', async () => {
      at.configure({ kind: 'user-systemd', health: '{ running: 500ms, within: 3s, every: 50ms }' });
      await at.release('14');
      const { code, json, stderr } = await deploy();
      expect(code, stderr).to.equal(0);
      expect(json.warnings).to.deep.equal([]);
      expect(await status()).to.include({ release: json.data.release, running: true });
    });
  });
});
