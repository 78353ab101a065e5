import { appendFileSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../../support/needs.ts';
import { startWorld, type Outcome, type World } from '../../support/worlds/world.ts';

describe('delta upload, end to end', function () {
  this.timeout(60_000);
  let world: World;
  let temp = '';
  before(needs('redis-server', 'sshd', 'git'));
  before(async () => {
    world = await startWorld(3);
    temp = join(world.folder, 'tmp');
    mkdirSync(temp);
    for (let at = 0; at < 200; at += 1) {
      mkdirSync(join(world.repo, 'assets', String(at % 9)), { recursive: true });
      writeFileSync(join(world.repo, `assets/${at % 9}/an asset ${at}.txt`), `asset ${at}\n`.repeat(100));
    }
    const yml = join(world.repo, 'canopy.yml');
    writeFileSync(yml, readFileSync(yml, 'utf8').replace('files: [app.js', 'files: [assets, app.js'));
  });
  after(() => world?.stop());

  const deploy = (...words: string[]): Promise<Outcome> =>
    world.canopy(['deploy', '--environment', 'production', ...words], { TMPDIR: temp });
  const make = async (version: string): Promise<void> => {
    world.commit(version);
    expect((await world.canopy(['package'])).code).to.equal(0);
  };
  /** `sends 1 of 202 files, copies 201` of each server; how much it is, is left out. */
  const sends = (ran: Outcome): (string | undefined)[] =>
    linesOf(ran, ' receive ').map((line) => /sends .*/.exec(line)?.[0].replace(/ \(\d.*?\)/, ''));
  const linesOf = ({ stderr }: Outcome, text: string): string[] =>
    stderr.split('\n').filter((line) => line.includes(text));
  const releaseOf = ({ json }: Outcome): string => json.data.release;
  const asset = (instance: string, release: string, at: number): string =>
    join(world.path(instance), 'releases', release, `assets/${at % 9}/an asset ${at}.txt`);
  const one = 'sends 1 of 202 files, copies 201';
  let first = '';

  it('sends all files at first', async () => {
    await make('1');
    const ran = await deploy();
    expect(ran.code, ran.stderr).to.equal(0);
    expect(sends(ran)).to.deep.equal(Array(3).fill('sends 202 files'));
    first = releaseOf(ran);
  });

  it('tells in a dry run what it would send, and changes nothing', async () => {
    await make('2');
    const ran = await deploy('--dry-run');
    expect(ran.code, ran.stderr).to.equal(0);
    const rows: { sends: string }[] = ran.json.data.planned;
    expect(rows.map((row) => `sends ${row.sends.replace(/ \(\d.*?\)/, '')}`)).to.deep.equal(
      Array(3).fill(one),
    );
    expect(readdirSync(join(world.path('web-1'), 'releases'))).to.deep.equal([first]);
    expect(readdirSync(temp)).to.deep.equal([]);
  });

  it('sends what has changed, asks one server what all of them hold, and leaves nothing here', async () => {
    const before = world.sshd.commands().length;
    const ran = await deploy();
    expect(ran.code, ran.stderr).to.equal(0);
    expect(sends(ran)).to.deep.equal(Array(3).fill(one));
    const asked = world.sshd
      .commands()
      .slice(before)
      .filter((command) => command.includes('cat -- "$1"'));
    expect(asked.filter((command) => command.includes('.canopy/files'))).to.have.length(1);
    expect(readdirSync(temp)).to.deep.equal([]);
    for (const [at, name] of ['web-1', 'web-2', 'web-3'].entries()) {
      expect(await world.answers(at)).to.equal(releaseOf(ran));
      expect(readFileSync(asset(name, releaseOf(ran), 7), 'utf8')).to.equal('asset 7\n'.repeat(100));
    }
  });

  it('lets an application that writes into its release change no other one', async () => {
    const current = readFileSync(join(world.path('web-1'), 'current/.canopy/release.json'), 'utf8');
    const { release } = JSON.parse(current) as { release: string };
    appendFileSync(asset('web-1', release, 5), 'written by the application');
    expect(readFileSync(asset('web-1', first, 5), 'utf8')).to.equal('asset 5\n'.repeat(100));
    expect(statSync(asset('web-1', first, 5)).ino).not.to.equal(statSync(asset('web-1', release, 5)).ino);
  });

  it('sends all files to a server whose earlier release was changed, and names the file', async () => {
    await make('3');
    const ran = await deploy();
    expect(ran.code, ran.stderr).to.equal(0);
    const warnings = linesOf(ran, 'is not what it was');
    expect(warnings).to.have.length(1);
    expect(warnings[0])
      .to.match(/^web-1/)
      .and.to.contain('assets/5/an asset 5.txt');
    expect(sends(ran).sort()).to.deep.equal([one, one, one, 'sends 202 files']);
    for (const name of ['web-1', 'web-2', 'web-3'])
      expect(readFileSync(asset(name, releaseOf(ran), 5), 'utf8')).to.equal('asset 5\n'.repeat(100));
  });

  it('takes from the release that was put back, when that holds more', async () => {
    const [, second] = readdirSync(join(world.path('web-2'), 'releases')).sort();
    expect((await world.canopy(['rollback', '--environment', 'production', '--to', first])).code).to.equal(0);
    writeFileSync(join(world.repo, 'assets/0/an asset 0.txt'), 'another\n'.repeat(500));
    await make('4');
    const ran = await deploy();
    expect(ran.code, ran.stderr).to.equal(0);
    expect(sends(ran), ran.stderr).to.deep.equal(Array(3).fill('sends 2 of 202 files, copies 200'));
    expect(second).not.to.equal(first);
  });

  it('links when canopy.yml says that nobody changes a release, and finds out when somebody did', async () => {
    const yml = join(world.repo, 'canopy.yml');
    writeFileSync(
      yml,
      readFileSync(yml, 'utf8').replace('files: [assets', 'immutable: true, files: [assets'),
    );
    await make('5');
    const ran = await deploy();
    expect(ran.code, ran.stderr).to.equal(0);
    expect(sends(ran)).to.deep.equal(Array(3).fill('sends 1 of 202 files, links 201'));
    const linked = asset('web-1', releaseOf(ran), 5);
    expect(statSync(linked).nlink).to.equal(2);
    appendFileSync(linked, 'written all the same');
    await make('6');
    const next = await deploy();
    expect(next.code, next.stderr).to.equal(0);
    expect(linesOf(next, 'is not what it was')).to.have.length(1);
    expect(readFileSync(asset('web-1', releaseOf(next), 5), 'utf8')).to.equal('asset 5\n'.repeat(100));
  });
});
