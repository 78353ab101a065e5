/** A commit that renames the unit: what served is started by the unit that it was started by. */
import { expect } from 'chai';
import {
  needsSystemd,
  shopUnit,
  startSystemdWorld,
  type SystemdWorld,
} from '../../support/hosts/systemd-world.ts';

const system = '/etc/systemd/system';

describe('a unit that is called otherwise from now on', function () {
  this.timeout(180_000);
  let at: SystemdWorld;
  let good = '';
  before(needsSystemd);
  before(async () => {
    at = await startSystemdWorld();
    at.configure({ env: { COLOUR: 'red' } });
    await at.install();
    await at.release('1');
    const { code, json, stderr } = await at.deploy();
    expect(code, stderr).to.equal(0);
    good = json.data.release;
    at.put(system, 'web.service', shopUnit('User=deploy\n'));
    at.host('systemctl daemon-reload');
    await allow('shop', 'web');
  });
  after(() => at?.stop());

  /** Writes the rules of these units, as `explain sudo` prints them. */
  async function allow(...units: string[]): Promise<void> {
    const rules: string[] = [];
    for (const unit of units) {
      at.configure({ unit });
      rules.push(...((await at.canopy('explain', 'sudo')).json.data.rules as string[]));
    }
    at.put('/etc/sudoers.d', 'canopy', `${[...new Set(rules)].join('\n')}\n`);
    at.host('visudo -cq');
  }
  const renamed = { unit: 'web', env: { COLOUR: 'blue' } };
  const active = (): string[] => at.host('systemctl is-active shop web || true').split('\n');
  const serves = async (): Promise<(string | undefined)[]> => {
    const env = await at.environment();
    return [env?.['CANOPY_RELEASE'], env?.['COLOUR']];
  };

  it('is refused before anything is touched where the one that runs may not be stopped', async () => {
    await allow('web');
    at.configure(renamed);
    await at.release('2');
    const { code, json, stderr } = await at.deploy();
    expect([code, json.errors[0].code], stderr).to.deep.equal([1, 'remote-permission']);
    expect(stderr).to.contain('control shop.service');
    expect([active(), await serves()]).to.deep.equal([
      ['active', 'inactive'],
      [good, 'red'],
    ]);
    await allow('shop', 'web');
  });

  for (const kind of ['sick', 'dead'] as const)
    it(`goes back to the one that served when the release is ${kind}`, async () => {
      at.configure(renamed);
      await at.release(kind, kind);
      const { code, json, stderr } = await at.deploy();
      expect([code, json.outcome], stderr).to.deep.equal([3, 'reverted']);
      expect(stderr).to.contain(
        `${good} was started by shop.service and goes back by it; shop.service is stopped, and stays installed`,
      );
      expect([at.current(), active()[0], active()[1] !== 'active', await serves()]).to.deep.equal([
        ...[good, 'active', true],
        [good, 'red'],
      ]);
    });

  it('takes over, goes back by a rollback, and forth again', async () => {
    at.configure(renamed);
    await at.release('3');
    const { code, json, stderr } = await at.deploy();
    expect([code, json.outcome], stderr).to.deep.equal([0, 'done']);
    const { release } = json.data;
    expect([active(), await serves()]).to.deep.equal([
      ['inactive', 'active'],
      [release, 'blue'],
    ]);
    for (const [id, colour, units] of [
      [good, 'red', ['active', 'inactive']],
      [release, 'blue', ['inactive', 'active']],
    ] as const) {
      const back = await at.canopy('rollback', '--environment', 'production', '--to', id);
      expect([back.code, back.json.outcome], back.stderr).to.deep.equal([0, 'done']);
      expect([active(), await serves()]).to.deep.equal([[...units], [id, colour]]);
      expect(await at.status()).to.deep.include({ release: id, running: true });
    }
  });

  it('brings the same release to it, and back to the other when that fails', async () => {
    at.configure({ unit: 'shop', env: { COLOUR: 'blue' } });
    const moved = await at.deploy();
    expect([moved.code, moved.json.outcome], moved.stderr).to.deep.equal([0, 'done']);
    expect(active()).to.deep.equal(['active', 'inactive']);
    at.configure({ unit: 'web', env: { COLOUR: 'blue' } });
    at.put(system, 'web.service', shopUnit('User=deploy\nExecStartPre=false\n'));
    at.host('systemctl daemon-reload');
    const { code, json, stderr } = await at.deploy();
    expect([code, json.outcome], stderr).to.deep.equal([3, 'reverted']);
    expect([active()[0], (await serves())[0]]).to.deep.equal(['active', json.data.release]);
    at.put(system, 'web.service', shopUnit('User=deploy\n'));
    at.host('systemctl daemon-reload');
  });

  it('says that it goes back by the new one where systemd does not know the old one any more', async () => {
    at.host(`rm ${system}/shop.service; systemctl daemon-reload`);
    at.configure(renamed);
    const served = (await serves())[0];
    await at.release('4', 'sick');
    const { code, json, stderr } = await at.deploy();
    expect([code, json.outcome], stderr).to.deep.equal([3, 'reverted']);
    expect(stderr).to.contain(`${served} was started by shop.service, which systemd does not know any more`);
    expect([active()[1], await serves()]).to.deep.equal(['active', [served, 'blue']]);
  });
});
