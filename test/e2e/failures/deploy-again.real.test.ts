/** A deploy of what runs already: each gate is asked once, and what is not healthy is deployed to again. */
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../../support/needs.ts';
import { startWorld, type Outcome, type World } from '../../support/worlds/world.ts';

/** Answers 503 from the moment that it is asked for /sick on; a file `shared/sick-<release>` makes it do so for ever. */
const source = (version: string): string => `// version ${version}
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
let sick = false;
const server = createServer((request, answer) => {
  if (request.url === '/sick') sick = true;
  const isSick = sick || existsSync('../../shared/sick-' + process.env.CANOPY_RELEASE);
  answer.writeHead(isSick ? 503 : 200, { 'x-release': process.env.CANOPY_RELEASE });
  answer.end('version ${version}');
});
server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => { server.close(() => process.exit(0)); server.closeIdleConnections(); });
`;

describe('a deploy of what runs already', function () {
  this.timeout(120_000);
  let world: World;
  let [first, second] = ['', ''];
  before(needs('redis-server', 'sshd', 'git'));
  before(async () => {
    world = await startWorld(3);
    first = await ship('1');
    expect((await deploy()).code).to.equal(0);
    second = await ship('2');
    expect((await deploy()).code).to.equal(0);
  });
  after(() => world?.stop());

  const deploy = (...words: string[]) => world.canopy(['deploy', '--environment', 'production', ...words]);
  const ship = async (version: string): Promise<string> => {
    world.commit(version, false, source(version));
    const { code, json, stderr } = await world.canopy(['package']);
    expect(code, stderr).to.equal(0);
    return json.data.id;
  };
  const names = ['web-1', 'web-2', 'web-3'];
  const pids = (): string[] =>
    names.map((name) => readFileSync(join(world.path(name), 'shared/app.pid'), 'utf8').trim());
  const sicken = async (at: number): Promise<void> =>
    void (await (await fetch(`http://127.0.0.1:${world.ports[at]}/sick`)).text());
  /** The one instance that a dry run would change. */
  const row = ({ json }: Outcome): object =>
    json.data.planned.filter(({ batch }: { batch: number | null }) => batch !== null)[0];
  const told = ({ json }: Outcome): string[] =>
    json.data.instances.map(
      (one: Record<string, string>) => `${one['name']} ${one['release']} ${one['health']} ${one['did']}`,
    );

  for (const words of [
    ['deploy', '--environment', 'production'],
    ['rollback', '--environment', 'production', '--to', 'SECOND'],
  ])
    it(`restarts nothing while all are healthy: ${words[0]}`, async () => {
      const before = pids();
      const ended = await world.canopy(words.map((word) => (word === 'SECOND' ? second : word)));
      expect([ended.code, ended.json.outcome], ended.stderr).to.deep.equal([0, 'unchanged']);
      expect(told(ended)).to.deep.equal(names.map((name) => `${name} ${second} healthy unchanged`));
      expect(pids()).to.deep.equal(before);
    });

  it('shows in a dry run, and in a plan, what it would deploy to again', async () => {
    await sicken(1);
    const before = pids();
    const dry = await deploy('--dry-run');
    expect([dry.code, dry.json.outcome], dry.stderr).to.deep.equal([0, 'done']);
    expect(dry.stderr).to.match(/^web-2 +.*is not healthy: status 503 instead of 200/m);
    expect(row(dry)).to.include({ instance: 'web-2', what: 'deploy again' });
    expect(dry.stderr).to.match(/^left alone +web-1, web-3$/m);
    const file = join(world.folder, 'plan.json');
    const plan = await deploy('--plan', file);
    expect(plan.json.data.plan.plan.unchanged, plan.stderr).to.deep.equal(['web-1', 'web-3']);
    expect(pids()).to.deep.equal(before);
  });

  it('deploys again to the one that answers 503, and leaves the others alone', async () => {
    const before = pids();
    const ended = await deploy();
    expect([ended.code, ended.json.outcome], ended.stderr).to.deep.equal([0, 'done']);
    expect(told(ended).sort()).to.deep.equal([
      `web-1 ${second} healthy unchanged`,
      `web-2 ${second} healthy deployed`,
      `web-3 ${second} healthy unchanged`,
    ]);
    expect(ended.json.warnings.join()).to.contain('status 503 instead of 200');
    expect(pids().map((pid, at) => pid === before[at])).to.deep.equal([true, false, true]);
    expect(ended.stderr).not.to.contain('receive');
  });

  it('does the same for a rollback to what runs', async () => {
    await sicken(2);
    const ended = await world.canopy(['rollback', '--environment', 'production', '--to', second]);
    expect([ended.code, ended.json.outcome], ended.stderr).to.deep.equal([0, 'done']);
    expect(told(ended)).to.include(`web-3 ${second} healthy deployed`);
  });

  it('goes back to what ran before that release when it does not become healthy', async () => {
    const file = join(world.path('web-3'), `shared/sick-${second}`);
    writeFileSync(file, '');
    const ended = await deploy();
    expect([ended.code, ended.json.outcome], ended.stderr).to.deep.equal([3, 'reverted']);
    expect(told(ended)).to.include(`web-3 ${first} healthy reverted`);
    expect(await Promise.all([0, 1, 2].map((at) => world.answers(at)))).to.deep.equal([
      second,
      second,
      first,
    ]);
    rmSync(file);
    expect((await deploy()).json.outcome).to.equal('done');
  });

  it('stops nothing when there is nothing to go back to', async () => {
    for (const name of names)
      rmSync(join(world.path(name), 'releases', first), { recursive: true, force: true });
    const file = join(world.path('web-1'), `shared/sick-${second}`);
    writeFileSync(file, '');
    const ended = await deploy();
    expect([ended.code, ended.json.outcome], ended.stderr).to.deep.equal([1, 'mixed']);
    expect(told(ended)).to.include(`web-1 ${second} unhealthy failed`);
    expect(await world.answers(0)).to.equal(second);
    expect(existsSync(join(world.path('web-1'), 'current'))).to.equal(true);
    rmSync(file);
    const resumed = await deploy('--resume');
    expect([resumed.code, resumed.json.outcome], resumed.stderr).to.deep.equal([3, 'reverted']);
    expect((await deploy()).json.outcome).to.equal('unchanged');
  });

  for (const [health, reason] of [
    ['{ tcp: 1 }', /port 1 is closed/],
    ['{ command: "echo out of order; exit 7" }', /exit code 7 out of order/],
  ] as const)
    it(`asks by whatever the gate is: ${health}`, async () => {
      world.configure({ each: (at) => (at === 0 ? `, health: ${health}` : '') });
      const dry = await deploy('--dry-run');
      expect(row(dry)).to.include({ instance: 'web-1' });
      expect(dry.json.warnings.join()).to.match(reason);
      world.configure({ each: () => '' });
    });

  it('promote: the canary is asked, and so is stable where the release runs already', async () => {
    // The same place twice is refused: here it is meant, by another way.
    mkdirSync(dirname(world.path('canary-1')), { recursive: true });
    symlinkSync(world.path('web-1'), world.path('canary-1'));
    world.configure({
      each: () => '',
      traffic: `  canary:
    extends: production
    instances:
      - { name: canary-1, host: ${world.sshd.user}@127.0.0.1:${world.sshd.port}, path: "${world.path('canary-1')}", url: "http://127.0.0.1:${world.ports[0]}" }
traffic: { balancer: none, stable: production, canary: canary, listen: "127.0.0.1:1" }
`,
    });
    const promote = (): Promise<Outcome> => world.canopy(['canary', 'promote', '--no-probe']);
    await sicken(1);
    const ended = await promote();
    expect([ended.code, ended.json.outcome], ended.stderr).to.deep.equal([0, 'done']);
    expect(told(ended)).to.include(`web-2 ${second} healthy deployed`);
    expect((await promote()).json.outcome).to.equal('unchanged');
    await sicken(0);
    const refused = await promote();
    expect([refused.code, refused.json.errors[0].code]).to.deep.equal([1, 'canary-unproven']);
    expect(refused.json.errors[0].message).to.contain('is not healthy now (status 503 instead of 200)');
  });
});
