import { readFileSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { expect } from 'chai';
import { ownNames } from '../../../src/commands/core/login.ts';

const folder = resolve(import.meta.dirname, '../../../src/commands');

/** The shell texts of a file: its templates and its quoted words. */
const shellTexts = (file: string): string =>
  [...readFileSync(join(folder, file), 'utf8').matchAll(/`((?:[^`\\]|\\.)*)`|'((?:[^'\\\n]|\\.)*)'/g)]
    .map((found) => found[1] ?? found[2] ?? '')
    .join('\n');

/** Names that a text sets, by itself or by \`for\` and \`read\`. */
function setBy(text: string): string[] {
  const assigned = [...text.matchAll(/(?:^|[\s;&|({])([a-z_]\w*)=/gm)].map((found) => found[1] ?? '');
  const looped = [...text.matchAll(/\bfor (\w+) in\b/g)].map((found) => found[1] ?? '');
  const read = [...text.matchAll(/\bread (?:-r )?([a-z_]+(?: [a-z_]+)*)/g)].flatMap((found) =>
    (found[1] ?? '').split(' '),
  );
  return [...assigned, ...looped, ...read];
}

describe('the environment of our scripts', () => {
  it('puts every variable aside that our scripts use as their own', () => {
    // No command of the user's runs below these.
    const apart = ['login.ts', 'transport.ts', 'http-request.ts', 'socket-request.ts'];
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && !apart.includes(basename(file)),
    );
    const used = files.flatMap((file) => setBy(shellTexts(file)).map((name) => `${name} (${file})`));
    expect(used.length).to.be.greaterThan(60);
    expect(used.filter((name) => !ownNames.includes(name.split(' ')[0] ?? ''))).to.deep.equal([]);
  });

  it('knows each name once', () => {
    expect(ownNames.filter((name, at) => ownNames.indexOf(name) !== at)).to.deep.equal([]);
  });
});
