import { existsSync, lstatSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../../support/needs.ts';
import { startWorld, type World } from '../../support/worlds/world.ts';

/** It ends at once without `local.json`, which lies on the server alone. */
const source = `import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
readFileSync('local.json');
const headers = { 'x-release': process.env.CANOPY_RELEASE };
createServer((request, answer) => { answer.writeHead(200, headers); answer.end('ok'); }).listen(Number(process.env.PORT), '127.0.0.1');
`;

describe('shared in canopy.yml, changed after a release was brought', function () {
  this.timeout(120_000);
  let world: World;
  let id = '';
  const deploy = () => world.canopy(['deploy', '--environment', 'production']);
  const configure = (shared: string, onFailure = 'revert'): void =>
    world.configure({
      extra: shared && `    shared: ${shared}`,
      rollout: `onFailure: ${onFailure}`,
    });
  before(needs('redis-server', 'sshd', 'git'));
  beforeEach(async () => {
    world = await startWorld(1);
    configure('');
    world.commit('1', false, source);
    id = String((await world.canopy(['package'])).json.data.id);
    const failed = await deploy();
    expect([failed.code, failed.json.outcome], failed.stderr).not.to.deep.equal([0, 'done']);
    writeFileSync(join(world.path('web-1'), 'shared/local.json'), '{}');
  });
  afterEach(() => world?.stop());

  it('is so for the next deploy of that release too, and a name that went is no link any more', async () => {
    const file = (name: string): string => join(world.path('web-1'), 'releases', id, name);
    configure('[package.json/, cache/]');
    expect((await deploy()).code).not.to.equal(0);
    expect(lstatSync(file('package.json')).isSymbolicLink()).to.equal(true);

    configure('[local.json, log/]');
    const done = await deploy();
    expect([done.code, await world.answers(0)], done.stderr).to.deep.equal([0, id]);
    expect(
      ['local.json', 'log', 'package.json'].map((name) => lstatSync(file(name)).isSymbolicLink()),
    ).to.deep.equal([true, true, false]);
    expect(existsSync(file('cache'))).to.equal(false);
  });

  it('is so for --resume', async () => {
    configure('', 'freeze');
    expect((await deploy()).json.outcome).to.equal('frozen');
    configure('[local.json]', 'freeze');
    const ran = await world.canopy(['deploy', '--environment', 'production', '--resume']);
    expect([ran.code, ran.json.outcome, await world.answers(0)], ran.stderr).to.deep.equal([0, 'done', id]);
  });
});
