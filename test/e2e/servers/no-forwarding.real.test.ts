import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../../support/needs.ts';
import { toolsFolder } from '../../support/ssh/tools.ts';
import { startWorld, type World } from '../../support/worlds/world.ts';

/** What a deploy and the application of the world need, and nothing that could ask its health. */
const plain = [
  ...['node', 'nohup', 'seq', 'rm', 'mv', 'mkdir', 'chmod', 'ln', 'cp', 'date', 'sync', 'df', 'dirname'],
  ...['tar', 'gzip', 'sha256sum', 'stat', 'xargs', 'awk', 'flock', 'setsid', 'readlink', 'sed', 'tail', 'wc'],
  ...['sort', 'tr', 'id', 'find', 'basename', 'ls', 'cut', 'touch', 'env'],
];

/** AllowTcpForwarding no is a usual way to harden a server. */
describe('deploy to servers that forward nothing', function () {
  this.timeout(120_000);
  before(needs('redis-server', 'sshd', 'git', 'bash', 'curl'));
  let bin = '';
  before(() => (bin = mkdtempSync(join(tmpdir(), 'canopy-bin-'))));
  after(() => rmSync(bin, { recursive: true, force: true }));
  let world: World;
  afterEach(() => world?.stop());
  const deploy = (...words: string[]) => world.canopy(['deploy', '--environment', 'production', ...words]);
  async function on(programs: readonly string[]): Promise<void> {
    world = await startWorld(2, {}, { forwarding: false, path: toolsFolder(bin, ...plain, ...programs) });
    world.commit('1');
    expect((await world.canopy(['package'])).code).to.equal(0);
  }

  for (const program of ['bash', 'curl'])
    it(`deploys, and reverts, where ${program} asks in its place`, async () => {
      await on([program]);
      const { code, json, stderr } = await deploy();
      expect([code, json.outcome], stderr).to.deep.equal([0, 'done']);
      const first = json.data.release;
      expect(await Promise.all([0, 1].map((at) => world.answers(at)))).to.deep.equal([first, first]);
      world.commit('2', true);
      await world.canopy(['package']);
      const bad = await deploy();
      expect([bad.code, bad.json.outcome], bad.stderr).to.deep.equal([3, 'reverted']);
      expect(bad.json.reasons[0]).to.contain('status 500 instead of 200');
      expect(await Promise.all([0, 1].map((at) => world.answers(at)))).to.deep.equal([first, first]);
    });

  it('refuses where nobody can ask, in a dry run too, and touches nothing', async () => {
    await on([]);
    for (const words of [['--dry-run'], []]) {
      const { code, json, stderr } = await deploy(...words);
      expect([code, json.errors.map((item: { code: string }) => item.code)], stderr).to.deep.equal([
        1,
        ['ssh-forward', 'ssh-forward'],
      ]);
      expect(json.errors[0].hint).to.contain('install curl, python3, bash or wget there');
    }
    for (const name of ['web-1', 'web-2'])
      expect(existsSync(world.path(name)) ? readdirSync(world.path(name)) : []).to.deep.equal([]);
    world.configure({
      each: () => ', health: { path: /health, release: x-release, from: agent, every: 50ms }',
    });
    const { code, json, stderr } = await deploy();
    expect([code, json.outcome], stderr).to.deep.equal([0, 'done']);
  });
});
