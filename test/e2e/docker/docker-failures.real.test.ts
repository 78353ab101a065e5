import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { needsDocker } from '../../support/hosts/dockerd.ts';
import { startDockerWorld, type DockerWorld } from '../../support/hosts/docker-world.ts';
import { waitFor } from '../../support/wait-for.ts';

const running = '{ running: 1s, within: 3s, every: 100ms }';

describe('what a Docker Engine can do to a deploy', function () {
  this.timeout(60_000);
  let at: DockerWorld;
  let good = '';
  before(needsDocker);
  before(async () => {
    at = await startDockerWorld();
    at.configure();
    good = await at.release('1');
    const { code, stderr } = await at.deploy();
    expect(code, stderr).to.equal(0);
  });
  after(() => at?.stop());
  const path = (): string => join(at.host.folder, 'web-1', 'shop');
  /** That nothing was touched: the same start of the same container, and no leftover of a release. */
  const stand = (): string => at.inspect('{{.Id}} {{.State.StartedAt}}');
  const releases = (): string[] => readdirSync(join(path(), 'releases')).sort();

  it('tells the last lines of a build that fails, and leaves what runs alone', async () => {
    const before = [stand(), releases(), at.images()];
    await at.release('2', 'broken');
    const { code, json, stderr } = await at.deploy();
    expect([code, json.outcome], stderr).to.deep.equal([1, 'failed']);
    const said = JSON.stringify(json);
    expect(said).to.contain('docker build failed with code').and.contain('the reason stands here');
    expect(said).to.contain('returned a non-zero code: 7');
    expect([stand(), releases(), at.images()]).to.deep.equal(before);
    expect(readdirSync(join(path(), '.canopy')).filter((name) => name.startsWith('incoming'))).to.deep.equal(
      [],
    );
  });

  it('refuses what docker refuses of canopy.yml while the old container still runs', async () => {
    const before = stand();
    at.configure({ docker: 'network: nowhere, volumes: ["/no/such/folder:/data"]' });
    await at.release('3');
    const { code, json, stderr } = await at.deploy();
    expect([code, json.outcome], stderr).to.deep.equal([3, 'reverted']);
    expect(json.reasons[0]).to.contain('Docker refused').and.contain('/no/such/folder');
    at.configure();
    expect([stand(), await at.answers()]).to.deep.equal([before, good]);
  });

  it('never touches a container of somebody else, whatever its name is', async () => {
    const own = stand();
    at.host.sh('docker rename canopy-shop-web-1 mine && docker create --name canopy-shop-web-1 base:1 true');
    await at.release('4');
    const { code, json, stderr } = await at.deploy();
    expect([code, json.errors.length], stderr).to.deep.equal([1, 1]);
    expect(json.errors[0].message).to.contain('a container canopy-shop-web-1 that belongs to nobody');
    expect(at.host.sh(`docker inspect -f '{{.State.Status}}' canopy-shop-web-1`)).to.equal('created');
    at.host.sh('docker rm canopy-shop-web-1 && docker rename mine canopy-shop-web-1');
    expect(stand()).to.equal(own);
  });

  it('counts a container that ends again and again as down, and tells that it took too much memory', async () => {
    at.configure({ health: running, docker: 'memory: 16MB' });
    await at.release('5', 'greedy');
    const { code, json, stderr } = await at.deploy();
    expect([code, json.outcome], stderr).to.deep.equal([3, 'reverted']);
    expect(JSON.stringify(json)).to.match(
      /ended with code 137, out of memory|it ended and was started again/,
    );
    await at.release('6', 'mortal');
    expect((await at.deploy()).json.outcome).to.equal('reverted');
    expect(at.inspect('{{index .Config.Labels "canopy.release"}}')).to.equal(good);
    at.configure();
  });

  it('judges the earlier release by the check that it was deployed with', async () => {
    at.configure({ health: '{ path: /cgi-bin/other, release: x-version, within: 2s, every: 50ms }' });
    await at.release('6b', 'sick');
    const { code, json, stderr } = await at.deploy();
    at.configure();
    expect([code, json.outcome, json.data.instances[0].health], stderr).to.deep.equal([
      3,
      'reverted',
      'healthy',
    ]);
    expect(await at.answers()).to.equal(good);
  });

  it("asks the image's own HEALTHCHECK when health only wants it to run", async () => {
    at.configure({ health: running });
    await at.release('7', 'unwell');
    const { code, json, stderr } = await at.deploy();
    expect([code, json.outcome], stderr).to.deep.equal([3, 'reverted']);
    expect(json.reasons[0]).to.match(/its HEALTHCHECK (says unhealthy|has not passed yet)/);
    good = await at.release('8', 'checked');
    const fine = await at.deploy();
    expect([fine.code, fine.json.warnings], fine.stderr).to.deep.equal([0, []]);
    expect(at.inspect('{{.State.Health.Status}}')).to.equal('healthy');
    at.configure();
  });

  it('asks a health command in the container, and fails when no container runs the release', async () => {
    at.configure({ health: '{ command: test -f /app/run.sh, within: 3s, every: 100ms }' });
    good = await at.release('9');
    const fine = await at.deploy();
    expect([fine.code, fine.json.warnings], fine.stderr).to.deep.equal([0, []]);
    await at.release('10', 'dead');
    const { json } = await at.deploy();
    expect(json.outcome).to.equal('reverted');
    const { log } = json.data.instances[0].evidence;
    expect(log.length).to.be.greaterThan(0);
    expect(new Set(log)).to.deep.equal(new Set(['this is why']));
    // Docker starts it again and again: the last look may fall into one of its short lives, and then docker exec says it.
    expect(json.reasons[0]).to.match(
      /no container runs|has ended with code 3 and is being restarted|is not running/,
    );
    at.configure();
  });

  it('refuses the late command of a stale holder, and docker is not called', async () => {
    const before = stand();
    const file = join(path(), '.canopy/token');
    const token = readFileSync(file, 'utf8');
    await at.release('11');
    const run = at.begin('deploy', '--environment', 'production');
    // The first command that changes something has been let in.
    await waitFor('the token of the deploy', () => readFileSync(file, 'utf8') !== token);
    writeFileSync(file, '99999999');
    const { code, json, stderr } = await run.ended;
    expect(code, stderr).not.to.equal(0);
    expect(JSON.stringify(json)).to.contain('older than 99999999');
    expect([stand(), await at.answers()]).to.deep.equal([before, good]);
    writeFileSync(file, token);
    await at.canopy('lock', 'release', '--steal', '--environment', 'production');
  });

  it('says before anything is touched that a file below shared/ is missing, and hands it over when it is there', async () => {
    at.configure({
      docker: 'envFile: shared/.env, volumes: ["shared/data:/data:ro"]',
      environment: '    shared: [logs/]',
    });
    good = await at.release('12');
    const missing = await at.deploy();
    expect(missing.json.errors.map((item: { code: string }) => item.code)).to.deep.equal([
      'shared-missing',
      'shared-missing',
    ]);
    mkdirSync(join(path(), 'shared/data'), { recursive: true });
    writeFileSync(join(path(), 'shared/data/seed'), 'seeded');
    writeFileSync(join(path(), 'shared/.env'), 'SECRET=it"s $afe\nCANOPY_RELEASE=forged\n');
    const { code, stderr } = await at.deploy();
    expect(code, stderr).to.equal(0);
    expect(
      at.host.sh('docker exec canopy-shop-web-1 sh -c \'cat /data/seed; echo " $SECRET $CANOPY_RELEASE"\''),
    ).to.equal(`seeded it"s $afe ${good}`);
    expect(existsSync(join(path(), 'shared/logs'))).to.equal(true);
    expect(stderr).not.to.contain('$afe');
    rmSync(join(path(), 'shared/.env'));
    at.configure();
  });

  it('says that the engine is away, and touches nothing', async () => {
    good = await at.release('13');
    await at.host.engine('kill');
    const { code, json, stderr } = await at.deploy();
    expect([code, json.errors.map((item: { code: string }) => item.code)], stderr).to.deep.equal([
      1,
      ['docker-away'],
    ]);
    expect(json.errors[0].hint).to.contain('systemctl status docker');
    await at.host.engine('start');
    expect((await at.deploy()).code).to.equal(0);
    expect(await at.answers()).to.equal(good);
  });
});
