import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../../support/needs.ts';
import { waitFor } from '../../support/wait-for.ts';
import { startWorld, type World } from '../../support/worlds/world.ts';

/** Of a row of the plan. */
const columns = 'instance what from to batch drain sends hooks checks deletes';

describe('deploy, end to end', function () {
  this.timeout(120_000);
  let world: World;
  before(needs('redis-server', 'sshd', 'git'));
  before(async () => {
    world = await startWorld(3);
    world.commit('1');
    expect((await world.canopy(['package'])).code).to.equal(0);
  });
  after(() => world?.stop());

  const deploy = (...words: string[]) => world.canopy(['deploy', '--environment', 'production', ...words]);
  const releases = (): Promise<(string | null)[]> => Promise.all([0, 1, 2].map((at) => world.answers(at)));
  const lock = 'canopy:shop:lock:production';
  let first = '';

  it('puts a first release on every instance, one after the other', async () => {
    const { code, json, stderr } = await deploy();
    expect(code, stderr).to.equal(0);
    first = json.data.release;
    expect(json).to.include({ step: 'deploy', ok: true, outcome: 'done' });
    expect(
      json.data.instances.map((item: { did: string; health: string }) => [item.did, item.health]),
    ).to.deep.equal(Array(3).fill(['deployed', 'healthy']));
    expect(await releases()).to.deep.equal([first, first, first]);
    expect(readlinkSync(join(world.path('web-1'), 'current'))).to.equal(`releases/${first}`);
    expect(readdirSync(join(world.path('web-1'), '.canopy')).sort()).to.deep.equal([
      'journal',
      'listening',
      'lock',
      'served',
      'token',
    ]);
  });

  it('changes nothing the second time', async () => {
    const { code, json } = await deploy();
    expect([code, json.outcome]).to.deep.equal([0, 'unchanged']);
  });

  it('reads facts and changes nothing in a dry run, which is the plan as a table', async () => {
    world.commit('2');
    await world.canopy(['package']);
    const before = await snapshot(world);
    const { code, json, stderr: table } = await deploy('--dry-run');
    expect([code, json.outcome, json.data.dryRun], table).to.deep.equal([0, 'done', true]);
    expect(table).to.match(/^instance +batch\nweb-1 +1 of 3\nweb-2 +2 of 3\nweb-3 +3 of 3$/m);
    for (const part of [/release +\S+ -> \S+$/m, /drain +none$/m, /sent +2 files/, /hooks +none$/m])
      expect(table).to.match(part);
    expect(table)
      .to.contain('checks   GET /health answers 200')
      .and.not.to.match(/^\S+ +would |sha256sum|mv -fT/m);
    for (const line of table.split('\n')) expect(line.length, line).to.be.at.most(80);
    expect(json.data.planned.map((row: object) => Object.keys(row))).to.deep.equal(
      Array(3).fill(columns.split(' ')),
    );
    const { stderr } = await deploy('--dry-run', '--verbose');
    expect(await snapshot(world)).to.deep.equal(before);
    for (const instance of ['web-1', 'web-2', 'web-3']) {
      for (const part of ['would receive', 'would switch to', 'would mark']) {
        expect(
          stderr.split('\n').some((line) => line.startsWith(instance) && line.includes(part)),
          `${instance} ${part}`,
        ).to.equal(true);
      }
    }
    expect(stderr).to.contain('sha256sum').and.to.contain('mv -fT');
  });

  it('puts the whole fleet back when one instance does not become healthy, and exits 3', async () => {
    world.commit('bad', true);
    await world.canopy(['package']);
    const { code, json, stderr } = await deploy();
    expect([code, json.outcome], stderr).to.deep.equal([3, 'reverted']);
    expect(json.reasons[0]).to.match(/^web-1: gate failed: .*status 500/);
    expect(json.data.instances.map((item: { did: string }) => item.did)).to.deep.equal([
      'reverted',
      'untouched',
      'untouched',
    ]);
    expect(json.data.revertMs).to.be.greaterThan(0);
    expect(await releases()).to.deep.equal([first, first, first]);
    expect(
      (await world.canopy(['lock', 'show', '--environment', 'production'])).json.data.locks,
    ).to.deep.equal([]);
  });

  it('goes forward, and back by rollback', async () => {
    world.commit('3');
    await world.canopy(['package']);
    const { json } = await deploy();
    const second = json.data.release;
    expect(await releases()).to.deep.equal([second, second, second]);
    const back = await world.canopy(['rollback', '--environment', 'production']);
    expect([back.code, back.json.data.release], back.stderr).to.deep.equal([0, first]);
    expect(await releases()).to.deep.equal([first, first, first]);
    const there = await world.canopy(['rollback', '--environment', 'production', '--to', '../../etc']);
    expect([there.code, there.json.errors[0].code]).to.deep.equal([1, 'release-missing']);
  });

  it('runs one of two deploys at once; the other exits 4 and names the holder', async () => {
    world.commit('4');
    await world.canopy(['package']);
    const both = await Promise.all(
      ['one', 'two'].map((name) =>
        world.canopy(['deploy', '--environment', 'production'], { BUILD_TAG: `job-${name}` }),
      ),
    );
    const codes = both.map(({ code }) => code).sort();
    expect(codes, both.map(({ stderr }) => stderr).join('\n')).to.deep.equal([0, 4]);
    const winner = both.findIndex(({ code }) => code === 0);
    const loser = both[1 - winner];
    expect(loser?.json.errors[0]).to.include({ code: 'lock-held' });
    expect(loser?.json.errors[0].message).to.contain(winner === 0 ? 'job-one' : 'job-two');
  });

  it('leaves a lock that expires by itself when it is killed, and the next deploy works', async () => {
    world.commit('5');
    await world.canopy(['package']);
    const run = world.begin(['deploy', '--environment', 'production']);
    await waitFor('the first switch', () => run.output().includes('switch to'));
    run.child.kill('SIGKILL');
    await run.ended;
    const left = Number((await world.redis.tell('PTTL', lock)).slice(1));
    expect(left, 'of the lease of 3 s').to.be.within(1, 3000);
    // A busy machine takes its time to start another one: the lease stands until that has looked.
    await world.redis.tell('PEXPIRE', lock, '60000');
    const held = await deploy();
    expect(held.json.errors[0].code).to.equal('lock-held');
    await world.redis.tell('PEXPIRE', lock, String(left));
    await waitFor(
      'the lease to expire',
      async () =>
        (await world.canopy(['lock', 'show', '--environment', 'production'])).json.data.locks.length === 0,
    );
    const { code, json, stderr } = await deploy();
    expect(code, stderr).to.equal(0);
    expect(await releases()).to.deep.equal(Array(3).fill(json.data.release));
  });

  it('still works after Redis lost everything: the token rises above what the servers have seen', async () => {
    const token = Number(readFileSync(join(world.path('web-1'), '.canopy/token'), 'utf8'));
    expect(token).to.be.greaterThan(1);
    execFileSync('redis-cli', ['-u', world.redis.url, 'flushall']);
    world.commit('6');
    await world.canopy(['package']);
    const { code, stderr } = await deploy();
    expect(code, stderr).to.equal(0);
    expect(Number(readFileSync(join(world.path('web-1'), '.canopy/token'), 'utf8'))).to.be.greaterThan(token);
  });

  it('refuses the late command of a stale holder on the server', async () => {
    const file = join(world.path('web-2'), '.canopy/token');
    world.commit('7');
    await world.canopy(['package']);
    const run = world.begin(['deploy', '--environment', 'production', '--json']);
    await waitFor('web-1 to be switched', () => run.output().includes('switch to'));
    writeFileSync(file, '99999999');
    const { code, json } = await run.ended;
    expect(code).not.to.equal(0);
    expect(JSON.stringify(json)).to.contain('older than 99999999');
    rmSync(file);
    expect((await world.canopy(['lock', 'release', '--steal', '--environment', 'production'])).code).to.equal(
      0,
    );
    expect((await deploy()).code).to.equal(0);
  });

  it('finishes the instance it is on when it is told to stop, exits 5 and leaves no lock', async () => {
    world.commit('8');
    await world.canopy(['package']);
    const run = world.begin(['deploy', '--environment', 'production', '--json']);
    await waitFor('the first switch', () => run.output().includes('switch to'));
    for (let times = 0; times < 3; times += 1) run.child.kill('SIGTERM');
    const { code, json } = await run.ended;
    expect([code, json.outcome]).to.deep.equal([5, 'aborted']);
    // Heard while the first one is finished; on a busy machine the second one may have begun.
    expect(json.reasons[0]).to.match(/[12] of 3 instances run/);
    expect(
      (await world.canopy(['lock', 'show', '--environment', 'production'])).json.data.locks,
    ).to.deep.equal([]);
    for (const answer of await releases()) expect(answer).to.be.a('string');
    expect((await deploy()).code).to.equal(0);
  });

  it('is not stopped by a reader that went away', async () => {
    world.commit('9');
    await world.canopy(['package']);
    const result = join(world.folder, 'result.json');
    const run = world.begin(['deploy', '--environment', 'production', '--result', result]);
    await waitFor('the first output', () => run.output().includes('receive'));
    run.child.stdout?.destroy();
    run.child.stderr?.destroy();
    const { code } = await run.ended;
    expect(code).to.equal(0);
    expect(JSON.parse(readFileSync(result, 'utf8'))).to.include({ outcome: 'done', exit: 0 });
  });
});

/** All that a dry run must not touch. */
async function snapshot(world: World): Promise<unknown> {
  const tree = execFileSync('find', [join(world.folder, 'servers'), '-printf', '%p %s %T@ %l\n'], {
    encoding: 'utf8',
  })
    .split('\n')
    .sort();
  const keys = execFileSync('redis-cli', ['-u', world.redis.url, 'keys', '*'], { encoding: 'utf8' })
    .split('\n')
    .sort();
  const pids = ['web-1', 'web-2', 'web-3']
    .map((name) => join(world.path(name), 'shared/app.pid'))
    .map((file) => existsSync(file) && readFileSync(file, 'utf8'));
  return { tree, keys, pids };
}
