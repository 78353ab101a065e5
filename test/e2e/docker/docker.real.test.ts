import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { needsDocker } from '../../support/hosts/dockerd.ts';
import { startDockerWorld, type DockerWorld } from '../../support/hosts/docker-world.ts';
import { nastyEnv } from '../../support/hosts/systemd-world.ts';

describe('containers on a real Docker Engine, over SSH', function () {
  this.timeout(60_000);
  let at: DockerWorld;
  before(needsDocker);
  before(async () => {
    at = await startDockerWorld();
    at.configure();
  });
  after(() => at?.stop());
  const path = (instance = 'web-1'): string => join(at.host.folder, instance, 'shop');
  const current = (): string => readlinkSync(join(path(), 'current')).replace('releases/', '');
  const release = '{{index .Config.Labels "canopy.release"}}';
  const good: string[] = [];

  it('reads facts and changes nothing in a dry run', async () => {
    good.push(await at.release('1'));
    const { code, json, stderr } = await at.deploy('--dry-run', '--verbose');
    expect([code, json.outcome], stderr).to.deep.equal([0, 'done']);
    expect(stderr).to.contain('docker build').and.contain('docker create').and.contain('docker start');
    expect([at.inspect('{{.Id}}'), at.images(), existsSync(path())]).to.deep.equal(['', [], false]);
  });

  it('builds the image there, starts the container with its limits and labels, and every value of env arrives', async () => {
    at.configure({ docker: 'memory: 64MB, cpus: 0.5, user: "0:0", options: [--init]', env: nastyEnv });
    const { code, json, stderr } = await at.deploy();
    expect([code, json.outcome, json.warnings], stderr).to.deep.equal([0, 'done', []]);
    const [id] = good;
    expect([await at.answers(), current(), at.images()]).to.deep.equal([id, id, [id]]);
    const told = JSON.parse(
      at.inspect(
        '{"limits":[{{.HostConfig.Memory}},{{.HostConfig.NanoCpus}}],"user":"{{.Config.User}}","restart":"{{.HostConfig.RestartPolicy.Name}}","stop":{{.Config.StopTimeout}},"labels":{{json .Config.Labels}},"env":{{json .Config.Env}}}',
      ),
    );
    const commit = told.labels['canopy.commit'];
    expect(commit).to.match(/^[0-9a-f]{40}$/);
    const { env, ...rest } = told;
    expect(rest).to.deep.equal({
      limits: [64 * 1024 ** 2, 5e8],
      user: '0:0',
      restart: 'unless-stopped',
      stop: 2,
      labels: {
        'canopy.app': 'shop',
        'canopy.environment': 'production',
        'canopy.instance': 'web-1',
        'canopy.path': path(),
        'canopy.release': id,
        'canopy.commit': commit,
      },
    });
    for (const [name, value] of Object.entries(nastyEnv)) expect(env).to.include(`${name}=${value}`);
    expect(env).to.include(`CANOPY_RELEASE=${id}`).and.to.include(`CANOPY_COMMIT=${commit}`);
    expect(readdirSync(join(path(), 'releases', id ?? ''))).to.deep.equal(['.canopy']);
    expect((await at.deploy()).json.outcome).to.equal('unchanged');
    at.configure();
  });

  it('replaces the container by the next release', async () => {
    const before = at.inspect('{{.Id}}');
    good.push(await at.release('2'));
    const { code, stderr } = await at.deploy();
    expect(code, stderr).to.equal(0);
    expect([await at.answers(), current(), at.inspect(release)]).to.deep.equal([good[1], good[1], good[1]]);
    expect(at.host.sh('docker ps -aq --no-trunc').split('\n')).to.deep.equal([at.inspect('{{.Id}}')]);
    expect(at.inspect('{{.Id}}')).not.to.equal(before);
  });

  it('puts a bad release back, and shows the log of its container', async () => {
    const bad = await at.release('3', 'dead');
    const { code, json, stderr } = await at.deploy();
    expect([code, json.outcome], stderr).to.deep.equal([3, 'reverted']);
    expect([await at.answers(), current(), at.inspect(release)]).to.deep.equal([good[1], good[1], good[1]]);
    expect(stderr + JSON.stringify(json)).to.contain('this is why');
    expect(at.images()).to.include(bad);
  });

  it('takes the container and current away when the first release of an instance is bad', async () => {
    at.configure({ instances: ['web-1', 'web-2'] });
    const bad = await at.release('4', 'sick');
    const { code, json, stderr } = await at.deploy('--only', 'web-2');
    expect([code, json.outcome], stderr).to.deep.equal([3, 'reverted']);
    expect([at.inspect('{{.Id}}', 'web-2'), existsSync(join(path('web-2'), 'current'))]).to.deep.equal([
      '',
      false,
    ]);
    expect(at.images('web-2')).to.deep.equal([bad]);
    expect(await at.answers()).to.equal(good[1]);
  });

  it('goes back by rollback, with the older image', async () => {
    at.configure();
    const { code, json, stderr } = await at.canopy('rollback', '--environment', 'production');
    expect([code, json.data.release], stderr).to.deep.equal([0, good[0]]);
    expect([await at.answers(), at.inspect(release)]).to.deep.equal([good[0], good[0]]);
    const there = await at.canopy('status', '--environment', 'production');
    expect(there.json.data.environments[0].instances[0]).to.include({ release: good[0], running: true });
  });

  it('keeps as many releases as it is told, with their images, and never deletes the one that runs', async () => {
    at.configure({ environment: '    keep: 2' });
    const before = at.images();
    expect(before).to.have.length(2);
    for (const version of ['5', '6', '6 too']) {
      good.push(await at.release(version));
      const { code, stderr } = await at.deploy();
      expect(code, stderr).to.equal(0);
    }
    const kept = good.slice(-2).sort();
    expect(at.images()).to.deep.equal(kept);
    expect(readdirSync(join(path(), 'releases')).sort()).to.deep.equal(kept);
    expect(at.host.sh('docker image ls -q --filter dangling=true')).to.equal('');
  });

  it('gives the container its time to end, and kills it then', async () => {
    const stubborn = await at.release('7', 'stubborn');
    expect((await at.deploy()).code).to.equal(0);
    expect(await at.answers()).to.equal(stubborn);
    const old = at.inspect('{{.Id}}');
    good.push(await at.release('8'));
    const { code, stderr } = await at.deploy();
    expect(code, stderr).to.equal(0);
    const events = at.host.sh(
      `docker events --since 0 --until "$(($(date +%s) + 1))" --filter container="$1" --filter event=kill --filter event=die --format '{{.Action}} {{.Actor.Attributes.signal}} {{.Actor.Attributes.exitCode}}'`,
      old,
    );
    const told = events.replaceAll('<no value>', '').replace(/ +/g, ' ').split('\n');
    expect(told.map((line) => line.trim())).to.deep.equal(['kill 15', 'kill 9', 'die 137']);
  });

  it('runs two instances on one server side by side, each with its own image', async () => {
    at.configure({ instances: ['web-1', 'web-2'] });
    const { code, stderr } = await at.deploy();
    expect(code, stderr).to.equal(0);
    const id = good.at(-1);
    expect([await at.answers('web-1'), await at.answers('web-2')]).to.deep.equal([id, id]);
    expect(at.inspect('{{.Config.Image}}', 'web-2')).to.equal(`canopy-shop-web-2:${id}`);
    expect(at.inspect('{{index .Config.Labels "canopy.instance"}}', 'web-2')).to.equal('web-2');
    at.configure();
  });

  it('sends a release again whose image somebody removed', async () => {
    const id = await at.release('9');
    expect((await at.deploy()).code).to.equal(0);
    expect((await at.canopy('rollback', '--environment', 'production')).code).to.equal(0);
    at.host.sh('docker image rm "canopy-shop-web-1:$1"', id);
    const { code, stderr } = await at.deploy();
    expect(code, stderr).to.equal(0);
    expect([await at.answers(), at.images().includes(id)]).to.deep.equal([id, true]);
    expect(readFileSync(join(path(), 'releases', id, '.canopy/healthy'), 'utf8')).to.match(/^\d+\n$/);
  });
});
