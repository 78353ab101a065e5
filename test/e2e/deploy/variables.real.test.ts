import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { leaksIn } from '../../support/leaks.ts';
import { needs } from '../../support/needs.ts';
import { startWorld, type World } from '../../support/worlds/world.ts';

const secrets = {
  database: 'postgres://shop:s3same@db.example.org/shop?x=1',
  login: 'me:open s3same',
  file: 'the-text-of-a-file',
};

describe('what variables and files give, end to end', function () {
  this.timeout(60_000);
  let world: World;
  before(needs('redis-server', 'sshd', 'git'));
  before(async () => {
    world = await startWorld(1, {
      extra: `    env: { DATABASE: "\${env:DATABASE}", FILE: "\${file:../text}", LEVEL: "\${env:LEVEL}" }
    hooks: { prepare: "echo \${env:LOGIN} seen >&2; exit 3" }`,
    });
    writeFileSync(join(world.folder, 'text'), `${secrets.file}\n`);
    world.commit('1');
    expect((await run('package')).code).to.equal(0);
  });
  after(() => world?.stop());

  const env = { DATABASE: secrets.database, LOGIN: secrets.login, LEVEL: 'debug' };
  const run = (...words: string[]) => world.begin(words, env).ended;
  const result = (): string => readFileSync(join(world.folder, 'result.json'), 'utf8');

  const lines: [string, string[], number][] = [
    ['explain config', ['explain', 'config'], 0],
    ['explain gate', ['explain', 'gate'], 0],
    ['a dry run', ['deploy', '--environment', 'production', '--dry-run', '--verbose'], 0],
    ['a plan', ['deploy', '--environment', 'production', '--plan', 'p.json'], 0],
    ['a deploy that fails', ['deploy', '--environment', 'production', '--verbose'], 1],
    ['the history of it', ['history', '--json'], 0],
  ];
  for (const [what, words, code] of lines)
    it(`is nowhere in what is said and written: ${what}`, async () => {
      const ran = await run(...words, '--result', join(world.folder, 'result.json'));
      expect(ran.code, ran.stdout + ran.stderr).to.equal(code);
      expect(leaksIn(ran.stdout + ran.stderr + result(), secrets)).to.deep.equal([]);
    });

  it('is named in its place, and what hides nothing is readable', async () => {
    const { stdout } = await run('explain', 'config');
    for (const line of ['DATABASE: ${env:DATABASE}', 'FILE: ${file:../text}', 'LEVEL: ${env:LEVEL}'])
      expect(stdout).to.contain(line);
    const { stdout: dry } = await run('deploy', '--environment', 'production', '--dry-run', '--verbose');
    expect(dry).to.contain('web-1').and.to.contain('[secret]');
  });

  it('reaches a command of check that has the variable for itself', async () => {
    world.configure({
      traffic: 'checks: { tests: { run: \'printf %s "$DATABASE" > got\', report: none.xml } }',
    });
    await run('check');
    expect(readFileSync(join(world.repo, 'got'), 'utf8')).to.equal(secrets.database);
  });
});
