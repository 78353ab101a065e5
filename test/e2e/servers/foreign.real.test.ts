/** Somebody else holds the port of an instance: what answers there is not our release. */
import { expect } from 'chai';
import {
  needsSystemd,
  shopUnit,
  startSystemdWorld,
  type SystemdWorld,
} from '../../support/hosts/systemd-world.ts';

/** No header tells the release. */
const health = (within: string): string => `{ path: /env, within: ${within}, every: 50ms, rise: 2 }`;

describe('a port that somebody else holds', function () {
  this.timeout(240_000);
  let at: SystemdWorld;
  before(needsSystemd);
  before(async () => {
    at = await startSystemdWorld();
    at.configure({ health: health('5s') });
    await at.install();
  });
  after(() => at?.stop());
  let count = 0;
  const ship = (kind: Parameters<SystemdWorld['release']>[1]): Promise<void> =>
    at.release(`${(count += 1)}`, kind);
  /** Holds the port as that user, in a unit of its own, and answers what is asked there. */
  const occupy = (user: string): void => {
    at.host(
      `systemd-run --quiet --unit=foreign -p User="$1" node -e 'require("http").createServer((q, a) => a.end("{}")).listen(3000, "0.0.0.0")'
for i in $(seq 400); do grep -q ':0BB8 00000000:0000 0A' /proc/net/tcp && exit 0; sleep 0.05; done; exit 1`,
      user,
    );
  };
  const leave = (): string =>
    at.host('systemctl stop foreign 2>/dev/null || true; systemctl reset-failed foreign 2>/dev/null || true');
  afterEach(leave);
  const deploy = async (outcome: readonly [number, string]) => {
    const { code, json, stderr } = await at.deploy();
    expect([code, json.outcome], stderr).to.deep.equal(outcome);
    return { json, stderr };
  };

  for (const restart of ['no', 'on-failure'])
    it(`fails a first release at once that cannot listen there, with Restart=${restart}`, async () => {
      at.dropIn(`Restart=${restart}`);
      occupy('root');
      // It does not wait for that long.
      at.configure({ health: health('10m') });
      await ship('good');
      const { json } = await deploy([3, 'reverted']);
      at.configure({ health: health('5s') });
      leave();
      at.dropIn(null);
      expect(json.reasons[0]).to.match(
        /shop\.service has (failed: exit-code, exit code 1|ended with exit code 1)/,
      );
      expect(json.data.instances[0].evidence.log.join()).to.contain('EADDRINUSE');
      expect(at.host('ls -A /srv/shop')).not.to.contain('current');
    });

  it('proves a release by the process that holds the port', async () => {
    await ship('good');
    const { json, stderr } = await deploy([0, 'done']);
    expect([json.warnings, json.data.instances[0].proof]).to.deep.equal([[], 'port']);
    expect(stderr).not.to.contain('not proven');
  });

  for (const user of ['root', 'deploy'])
    it(`fails a release that runs and listens nowhere while a process of ${user} answers`, async () => {
      const good = at.current();
      await ship('mute');
      at.host('systemctl stop shop');
      occupy(user);
      const { json } = await deploy([1, 'mixed']);
      leave();
      expect(json.reasons[0]).to.contain('port 3000 is held by');
      const { code, stderr } = await at.canopy('rollback', '--environment', 'production', '--to', good);
      expect([code, at.current()], stderr).to.deep.equal([0, good]);
    });

  it('does not take a unit for dead that has done its work and has no process', async () => {
    await ship('good');
    at.dropIn('Type=oneshot\nRemainAfterExit=yes\nRestart=no\nExecStart=\nExecStart=true');
    at.host('systemctl stop shop');
    occupy('root');
    const { json } = await deploy([0, 'done']);
    leave();
    expect(json.data.notProven).to.contain('port 3000 is held by');
    // What it has started lives in a unit of its own.
    const start =
      'systemd-run --quiet --collect --unit=started --working-directory=/srv/shop/current node app.js';
    at.dropIn(`Type=oneshot\nRemainAfterExit=yes\nRestart=no\nUser=\nExecStart=\nExecStart=${start}`);
    await ship('good');
    const { json: proven } = await deploy([0, 'done']);
    at.host('systemctl stop started');
    at.dropIn(null);
    expect([proven.data.notProven, proven.data.instances[0].proof]).to.deep.equal([null, 'owner']);
  });

  it('looks at the processes of a daemon that has left its starter, and wrote no pid file', async () => {
    const fork = `Type=forking\nGuessMainPID=no\nRestart=no\nExecStart=\nExecStart=sh -c 'node app.js & :'`;
    at.dropIn(fork);
    await ship('good');
    const { json } = await deploy([0, 'done']);
    expect([json.warnings, json.data.instances[0].proof]).to.deep.equal([[], 'port']);
    expect(at.host('systemctl show -p MainPID shop')).to.equal('MainPID=0');
    await ship('mute');
    at.host('systemctl stop shop');
    occupy('root');
    const { json: failed } = await deploy([1, 'mixed']);
    leave();
    at.dropIn(null);
    expect(failed.reasons[0]).to.contain('port 3000 is held by');
    await at.canopy('rollback', '--environment', 'production');
  });

  it('says that nothing is proven where nothing may be read, on the last line too', async () => {
    await ship('mute');
    at.dropIn('User=nobody');
    at.host('systemctl stop shop');
    occupy('root');
    for (const [outcome, did] of [
      ['done', 'deployed'],
      ['unchanged', 'unchanged'],
    ] as const) {
      const { json, stderr } = await deploy([0, outcome]);
      const [one] = json.data.instances;
      expect([one.did, one.proof]).to.deep.equal([did, 'none']);
      expect(json.warnings.join())
        .to.contain('not proven that')
        .and.contain('port 3000 is held by a process of the user 0');
      const line = stderr.trimEnd().split('\n').at(-1);
      expect(line).to.match(/^not proven that it is this release which answers on web-1 \(port 3000 is held/);
      expect(json.data.notProven).to.equal(line);
    }
    leave();
    at.dropIn(null);
  });

  for (const [user, proof] of [
    ['deploy', 'port'],
    ['nobody', 'manager'],
  ] as const)
    it(`takes a socket of systemd for its own, with User=${user}: by ${proof}`, async () => {
      at.host('systemctl stop shop');
      at.put('/etc/systemd/system', 'shop.socket', '[Socket]\nListenStream=0.0.0.0:3000\n');
      at.put('/etc/systemd/system', 'shop.service', shopUnit(`User=${user}\n`));
      at.host('systemctl daemon-reload; systemctl start shop.socket');
      await ship('activated');
      const { json } = await deploy([0, 'done']);
      expect([json.warnings, json.data.instances[0].proof]).to.deep.equal([[], proof]);
      at.host('systemctl stop shop.socket shop; rm /etc/systemd/system/shop.socket; systemctl daemon-reload');
    });
});
