import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  needsSystemd,
  shopUnit,
  startSystemdWorld,
  type SystemdWorld,
} from '../../support/hosts/systemd-world.ts';

describe('delta upload to a service of systemd', function () {
  this.timeout(60_000);
  const files = ['app.js', 'package.json', 'data.txt'];
  let at: SystemdWorld;
  before(needsSystemd);
  before(async () => {
    at = await startSystemdWorld();
    writeFileSync(join(at.repo, 'data.txt'), 'data\n'.repeat(1000));
    at.configure({ files });
    await at.release('1');
    await at.install();
  });
  after(() => at?.stop());

  /** Deploys another version; the words of the deploy on what it sends, without the size. */
  const next = async (version: string): Promise<string> => {
    await at.release(version);
    const { code, stderr } = await at.deploy();
    expect(code, stderr).to.equal(0);
    return /sends .*/.exec(stderr)?.[0].replace(/ \(.*\)/, '') ?? '';
  };
  const runAs = (user: string): void => {
    at.put('/etc/systemd/system', 'shop.service', shopUnit(user === '' ? '' : `User=${user}\n`));
    at.host('systemctl daemon-reload');
  };
  const links = (): string => at.host('stat -c %h "/srv/shop/releases/$1/data.txt"', at.current());

  it('copies while the service runs as the SSH user, or as root', async () => {
    expect(await next('2')).to.equal('sends 3 files');
    expect(await next('3')).to.equal('sends 1 of 3 files, copies 2');
    runAs('');
    expect(await next('4')).to.equal('sends 1 of 3 files, copies 2');
    expect(links()).to.equal('1');
  });

  it('links when it runs as another user, who then cannot write the files', async () => {
    at.host('id shop >/dev/null 2>&1 || useradd --system --no-create-home shop; chmod o+x /srv /srv/shop');
    runAs('shop');
    expect(await next('5')).to.equal('sends 1 of 3 files, links 2');
    expect(links()).to.equal('2');
    const file = `/srv/shop/releases/${at.current()}/data.txt`;
    expect(at.host('runuser -u shop -- sh -c "echo evil >> $1" 2>&1 || true', file)).to.match(/denied/i);
  });

  it('copies when a hook of canopy.yml may write the files', async () => {
    at.configure({ files, prepare: 'echo hello >> data.txt' });
    const before = at.host('cat "/srv/shop/releases/$1/data.txt"', at.current());
    const old = at.current();
    expect(await next('6')).to.equal('sends 1 of 3 files, copies 2');
    expect(at.host('cat "/srv/shop/releases/$1/data.txt"', old)).to.equal(before);
  });
});
