import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../../support/needs.ts';
import { waitFor } from '../../support/wait-for.ts';
import { appSource } from '../../support/worlds/world-files.ts';
import { startWorld, type World } from '../../support/worlds/world.ts';

describe('an artifact that something needs outlives newer packages', function () {
  this.timeout(120_000);
  let world: World;
  before(needs('redis-server', 'sshd', 'git', 'flock'));
  before(async () => {
    world = await startWorld(1);
    const yml = join(world.repo, 'canopy.yml');
    const text = readFileSync(yml, 'utf8');
    writeFileSync(yml, text.replace('artifact: {', 'artifact: { keep: 1,'));
  });
  after(() => world?.stop());

  const ship = async (version: string, source?: string) => {
    world.commit(version, false, source);
    const { code, json, stderr } = await world.canopy(['package']);
    expect(code, stderr).to.equal(0);
    return { id: String(json.data.id), deleted: json.data.deleted as string[], stderr };
  };
  const deploy = (...words: string[]) => world.canopy(['deploy', '--environment', 'production', ...words]);
  const left = (): string[] =>
    readdirSync(join(world.repo, '.canopy/artifacts'))
      .filter((name) => name.endsWith('.tgz'))
      .map((name) => name.slice(0, -4))
      .sort();

  it('a deploy that died, until another one was carried out; a plan; what was deployed last', async () => {
    const heavy = `${appSource('1', false)}// ${randomBytes(4_000_000).toString('base64')}\n`;
    const first = await ship('1', heavy);
    // The server takes nothing for as long as that: it dies while it sends.
    const lock = join(world.path('web-1'), '.canopy/lock');
    const busy = spawn('sh', [
      '-c',
      'mkdir -p "${1%/*}"; exec 9>> "$1"; flock 9; echo held; read -r line',
      'sh',
      lock,
    ]);
    await new Promise((held) => busy.stdout.once('data', held));
    const run = world.begin(['deploy', '--environment', 'production', '--json']);
    await waitFor('it to send', () => /web-1.*receive/.test(run.output()));
    run.child.kill('SIGKILL');
    await run.ended;
    busy.stdin.end();

    const second = await ship('2');
    const third = await ship('3');
    expect(left()).to.deep.equal([first.id, third.id].sort());
    expect(third.deleted).to.deep.equal([second.id]);
    expect(third.stderr).to.contain(`deleted what is older than the newest 1 (artifact.keep): ${second.id}`);

    const resumed = await deploy(
      '--resume',
      '--artifact',
      `.canopy/artifacts/${first.id}.tgz`,
      '--wait',
      '30s',
    );
    expect([resumed.code, resumed.json.outcome], resumed.stderr).to.deep.equal([0, 'done']);
    expect(await world.answers(0)).to.equal(first.id);

    const planned = await deploy('--plan', join(world.folder, 'plan.json'));
    expect(planned.code, planned.stderr).to.equal(0);
    const fourth = await ship('4');
    expect(left()).to.deep.equal([first.id, third.id, fourth.id].sort());
    const applied = await deploy(
      ...['--apply', join(world.folder, 'plan.json'), '--artifact', `.canopy/artifacts/${third.id}.tgz`],
    );
    expect([applied.code, applied.json.outcome], applied.stderr).to.deep.equal([0, 'done']);

    // Now nothing comes back to the first; the third serves, and may be tried again.
    expect((await world.canopy(['package'])).json.data.deleted).to.deep.equal([first.id]);
    expect(left()).to.deep.equal([third.id, fourth.id].sort());
    expect((await deploy()).json.outcome).to.equal('done');
    const fifth = await ship('5');
    expect(left()).to.deep.equal([fourth.id, fifth.id].sort());
  });
});
