import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { tempFolder } from '../support/temp.ts';
import { root, start } from './run.ts';

const names = readdirSync(join(root, 'steps')).map((file) => file.replace(/\.ts$/, ''));

describe('words behind canopy', function () {
  this.timeout(60_000);
  const folder = tempFolder();
  const canopy = (...words: string[]) => start([join(root, 'dist/canopy.js'), ...words]).ended;

  it('canopy shows the steps, and the help of one', async () => {
    const [steps, word, one, page] = await Promise.all([
      canopy('--help'),
      canopy('help'),
      canopy('help', 'deploy'),
      canopy('deploy', '-h'),
    ]);
    expect([steps.code, word.code, one.code, page.code]).to.deep.equal([0, 0, 0, 0]);
    for (const name of names) expect(steps.out).to.contain(`  ${name} `);
    expect([word.out, one.out]).to.deep.equal([steps.out, page.out]);
    expect(/Steps:\n +(\S+)/.exec(steps.out)?.[1]).to.equal('init');
  });

  it('help fits its place, and names exit codes and pages that are there', async () => {
    const pages = [
      await canopy('--help'),
      ...(await Promise.all(names.map((name) => canopy(name, '--help')))),
    ];
    for (const { out } of pages) {
      for (const line of out.split('\n')) expect(line.length, line).to.be.at.most(80);
      expect(out).to.match(/Exit codes:\n +0 +done/);
      const named = [...out.matchAll(/docs\/[a-z]+\.md/g)].map(([name]) => name);
      expect(named.length, out).to.be.greaterThan(0);
      for (const name of named) expect(existsSync(join(root, name)), name).to.equal(true);
    }
    const sized = `stty cols 120 rows 30; exec ${process.execPath} ${join(root, 'dist/canopy.js')} deploy --help`;
    const { out } = await start(['-qec', sized, '/dev/null'], { TERM: 'xterm' }, 'script').ended;
    const longest = Math.max(...out.split(/\r?\n/).map(({ length }) => length));
    expect(longest).to.be.within(100, 120);
  });

  const idle: [string, string[], string][] = [
    ['no step', [], 'the first word has to be a step'],
    ['an option in its place', ['--json', 'deploy'], 'and --json stands in its place'],
    ['an empty word', [''], 'there is no step ""'],
    ['the help of a step that does not exist', ['help', 'deplyo'], 'did you mean deploy?'],
    ['a word with an h', ['canary', 'abort', '-oh'], 'there is no option -oh'],
    ['one dash', ['canary', '-weight', '33'], 'did you mean --weight?'],
    ['an empty list', ['check', '--only', ''], '--only is empty'],
    ['a value that is forgotten', ['rollback', '--environment', 'x', '--to', '--help'], '--to needs a value'],
    ['--only of a plan', ['deploy', '--apply', 'p', '--only', 'a'], 'leave --only out'],
  ];
  for (const [what, words, said] of idle) {
    it(`canopy has done nothing, and says so: ${what}`, async () => {
      const config = join(folder(), 'canopy.yml');
      writeFileSync(config, 'app: x\nenvironments: { x: {} }\n');
      const named = words[0] === 'deploy' ? ['--environment', 'x', '--config', config] : [];
      const { code, out, err } = await canopy(...words, ...named);
      expect(code, out + err).to.equal(2);
      expect(out + err).to.contain(said);
    });
  }
});
