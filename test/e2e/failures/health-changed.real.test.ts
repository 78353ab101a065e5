/** A commit that changes how the health is asked, and fails: the earlier release is judged by the check that it was deployed with. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../../support/needs.ts';
import { freePort } from '../../support/temp.ts';
import { waitFor } from '../../support/wait-for.ts';
import { startWorld, type Outcome, type World } from '../../support/worlds/world.ts';

/** Answers at `path` alone, with a header of its name; the port is told by the environment. */
const source = (version: string, path: string, status: number): string => `// version ${version}
import { createServer } from 'node:http';
const server = createServer((request, answer) => {
  const found = request.url === '${path}';
  answer.writeHead(found ? ${status} : 404, found ? { 'x-release': process.env.CANOPY_RELEASE } : {});
  answer.end();
});
server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => { server.close(() => process.exit(0)); server.closeIdleConnections(); });
`;
const first = '{ path: /health, release: x-release, within: 2s, every: 50ms, rise: 2 }';

describe('a release that changes its check', function () {
  this.timeout(120_000);
  let world: World;
  let old = '';
  before(needs('redis-server', 'sshd', 'git'));
  beforeEach(async () => {
    world = await startWorld(2);
    check(first);
    await ship('1', '/health', 200);
    const { code, json, stderr } = await deploy();
    expect(code, stderr).to.equal(0);
    old = json.data.release;
  });
  afterEach(() => world?.stop());

  const deploy = (...words: string[]) => world.canopy(['deploy', '--environment', 'production', ...words]);
  const file = (): string => join(world.repo, 'canopy.yml');
  function check(health: string, ports: Readonly<Record<number, number>> = {}): void {
    world.configure({});
    let text = readFileSync(file(), 'utf8').replace(/health: \{.*/, `health: ${health}`);
    for (const [from, to] of Object.entries(ports)) text = text.replaceAll(from, String(to));
    writeFileSync(file(), text);
  }
  async function ship(version: string, path: string, status: number): Promise<void> {
    world.commit(version, false, source(version, path, status));
    expect((await world.canopy(['package'])).code).to.equal(0);
  }
  /** The release.json of an earlier version of Canopy. */
  function forget(): void {
    for (const name of ['web-1', 'web-2']) {
      const record = join(world.path(name), 'releases', old, '.canopy/release.json');
      const { health, ...others } = JSON.parse(readFileSync(record, 'utf8')) as Record<string, unknown>;
      expect(health).to.not.equal(undefined);
      writeFileSync(record, JSON.stringify(others));
    }
  }
  function isBack({ code, json, stderr }: Outcome, health = 'healthy'): void {
    expect([code, json.outcome], stderr).to.deep.equal([3, 'reverted']);
    expect(
      json.data.instances.map((item: { did: string; release: string; health: string }) => [
        item.did,
        item.release,
        item.health,
      ]),
    ).to.deep.equal([
      ['reverted', old, health],
      ['untouched', old, 'unknown'],
    ]);
  }

  for (const [what, health] of [
    ['path', '{ path: /healthz, release: x-release, within: 2s, every: 50ms }'],
    ['status', '{ path: /health, status: 204, release: x-release, within: 2s, every: 50ms }'],
    ['header', '{ path: /health, release: x-version, within: 2s, every: 50ms }'],
    ['kind, to a port', '{ tcp: 1, within: 2s, every: 50ms }'],
    ['kind, to a command', '{ command: "test -e healthy", within: 2s, every: 50ms }'],
    ['time', '{ path: /health, status: 201, release: x-release, within: 0s, every: 50ms }'],
  ] as const)
    it(`and fails is gone back from: ${what}`, async () => {
      check(health);
      await ship('2', '/nothing', 200);
      isBack(await deploy());
      expect(await world.answers(0)).to.equal(old);
    });

  it('and the port it listens on is gone back from', async () => {
    const [one = 0, two = 0] = world.ports;
    check(first, { [one]: await freePort(), [two]: await freePort() });
    await ship('2', '/nothing', 200);
    isBack(await deploy());
    expect(await world.answers(0)).to.equal(old);
  });

  it('is gone back from by what the earlier one said before, where it kept no check', async () => {
    forget();
    check('{ path: /healthz, release: x-version, within: 2s, every: 50ms }');
    await ship('2', '/nothing', 200);
    isBack(await deploy());
    expect(await world.answers(0)).to.equal(old);
  });

  it('is gone back from to a release that answered nobody before, and says that it is no better', async () => {
    forget();
    process.kill(Number(readFileSync(join(world.path('web-1'), 'shared/app.pid'), 'utf8')), 'SIGKILL');
    check('{ path: /healthz, release: x-version, within: 2s, every: 50ms }');
    await ship('2', '/nothing', 200);
    const back = await deploy();
    isBack(back, 'unhealthy');
    expect(back.json.warnings.join()).to.contain(`${old} is no better than before the deploy`);
  });

  it('is gone back from by the check of the earlier one when its controller died in between', async () => {
    forget();
    check('{ path: /healthz, release: x-version, within: 3s, every: 50ms }');
    await ship('2', '/nothing', 200);
    const run = world.begin(['deploy', '--environment', 'production']);
    await waitFor('the first switch', () => run.output().includes('switch to'));
    run.child.kill('SIGKILL');
    await run.ended;
    await world.redis.tell('DEL', 'canopy:shop:lock:production');
    isBack(await deploy('--resume'));
    expect(await world.answers(0)).to.equal(old);
  });

  it('is judged by the last check that it has passed', async () => {
    await ship('2', '/health', 200);
    expect((await deploy()).json.outcome).to.equal('done');
    check('{ command: "true", within: 2s, every: 50ms }');
    const { code, json, stderr } = await deploy('--artifact', `.canopy/artifacts/${old}.tgz`);
    expect([code, json.outcome, json.data.release], stderr).to.deep.equal([0, 'done', old]);
    const record = readFileSync(join(world.path('web-1'), 'releases', old, '.canopy/release.json'), 'utf8');
    expect(JSON.parse(record)).to.deep.include({ release: old, instance: 'web-1' });
    expect(JSON.parse(record).health.probe).to.deep.equal({ kind: 'command', command: ['true'] });
  });

  it('is judged by its own check in a rollback too', async () => {
    check('{ path: /healthz, status: 204, release: x-release, within: 2s, every: 50ms }');
    await ship('2', '/healthz', 204);
    const { code, json, stderr } = await deploy();
    expect(code, stderr).to.equal(0);
    const back = await world.canopy(['rollback', '--environment', 'production']);
    expect([back.code, back.json.outcome, back.json.data.release], back.stderr).to.deep.equal([
      0,
      'done',
      old,
    ]);
    const again = await world.canopy(['rollback', '--environment', 'production', '--to', old]);
    expect([again.code, again.json.outcome], again.stderr).to.deep.equal([0, 'unchanged']);
    const on = await world.canopy(['rollback', '--environment', 'production', '--to', json.data.release]);
    expect([on.code, on.json.outcome], on.stderr).to.deep.equal([0, 'done']);
  });
});
