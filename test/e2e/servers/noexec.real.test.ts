/** A server whose releases lie on a mount that starts no program: what comes with a release runs by a program that lies elsewhere, or it is said. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../../support/needs.ts';
import { startWorld, type Outcome, type World } from '../../support/worlds/world.ts';

describe('releases on a mount that starts no program', function () {
  this.timeout(120_000);
  let world: World;
  let mount = '';
  const unmounts: string[] = [];
  before(needs('root', 'redis-server', 'sshd', 'git', 'mount'));
  before(async () => {
    world = await startWorld(1);
    mount = dirname(world.path('web-1'));
    mkdirSync(mount, { recursive: true });
    const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'noexec', 'none', mount], {
      encoding: 'utf8',
    });
    expect(status, stderr).to.equal(0);
    unmounts.push(mount);
    writeFileSync(join(world.repo, 'serve'), '#!/bin/sh\nexec node app.js\n');
    chmodSync(join(world.repo, 'serve'), 0o755);
  });
  after(async () => {
    if (world) stopApp();
    for (const one of unmounts) spawnSync('umount', ['-l', one]);
    await world?.stop();
  });
  function stopApp(): void {
    spawnSync('sh', [
      '-c',
      'kill -9 "$(cat "$1")" 2>/dev/null',
      'sh',
      join(world.path('web-1'), 'shared/app.pid'),
    ]);
  }

  async function ship(version: string, start: string, extra = ''): Promise<Outcome> {
    world.configure({ extra });
    const file = join(world.repo, 'canopy.yml');
    const text = readFileSync(file, 'utf8');
    writeFileSync(
      file,
      text.replace('nohup node app.js', start).replace('package.json]', 'package.json, serve]'),
    );
    world.commit(version);
    expect((await world.canopy(['package'])).code).to.equal(0);
    return world.canopy(['deploy', '--environment', 'production']);
  }
  const served = async (): Promise<string | null> => world.answers(0);

  it('are deployed and gone back to where a program that lies elsewhere starts them', async () => {
    const first = await ship('1', 'nohup sh ./serve');
    expect([first.code, first.json.outcome], first.stderr).to.deep.equal([0, 'done']);
    expect(await served()).to.equal(first.json.data.release);
    expect((await ship('2', 'nohup node app.js')).code).to.equal(0);
    const back = await world.canopy(['rollback', '--environment', 'production']);
    expect([back.code, back.json.outcome], back.stderr).to.deep.equal([0, 'done']);
    expect(await served()).to.equal(first.json.data.release);
  });

  it('are gone back from when their own program is to start, and the mount is named', async () => {
    const before = await served();
    for (const start of ['./serve; nohup node app.js', 'nohup ./serve']) {
      const { code, json, stderr } = await ship(start, start);
      expect([code, json.outcome], stderr).to.deep.equal([3, 'reverted']);
      expect(stderr).to.contain(`${mount} is mounted noexec: no program that lies there can be started`);
      expect(await served()).to.equal(before);
    }
  });

  it('say so of a hook', async () => {
    const { code, stderr } = await ship('hook', 'nohup node app.js', '    hooks: { prepare: ./serve }');
    expect(code).to.equal(1);
    expect(stderr).to.match(/prepare hook ended with exit code 126: .*Permission denied/);
    expect(stderr).to.contain(`${mount} is mounted noexec`);
  });
});
