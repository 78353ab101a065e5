import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  and,
  argv,
  inline,
  inside,
  or,
  script,
  user,
  when,
  write,
  type Command,
} from '../../../src/commands/core/command.ts';
import { quote, toShell } from '../../../src/commands/core/shell.ts';
import { tempFolder } from '../../support/temp.ts';

const run = (command: Command): { code: number | null; stdout: string; stderr: string } => {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', toShell(command)], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  return { code: status, stdout, stderr };
};

const special = [
  '',
  ' ',
  '-',
  '--',
  '-n',
  '-e x',
  "'",
  "''",
  "'\\''",
  '"',
  '`id`',
  '$(id)',
  '$HOME',
  '${HOME}',
  '$1',
  '*',
  '?',
  '[a-z]*',
  '~',
  '~root',
  '#',
  '!',
  '!!',
  ';',
  '&',
  '&&',
  '|',
  '>',
  '<',
  '(',
  ')',
  '{',
  '}',
  '{a,b}',
  '\\',
  '\\n',
  '\n',
  '\n\n',
  '\r',
  '\r\n',
  '\t',
  'a=b',
  '=',
  '=ls',
  '%s%n',
  '%',
  '\u001b[31m',
  '\u007f',
  'ü',
  '日本語',
  '🙂',
  'e\u0301',
  '\u202e',
  'EOF',
  'if',
  'a b',
  ' a',
  'a ',
  'canopy',
  '.',
  '..',
  '/',
  '^',
  ',',
  '\u0001',
  'x'.repeat(20_000),
];
/** Strings that try to get out of their quotes; a NUL and lone surrogates cannot be passed to a program at all. */
const hostile = fc
  .oneof(
    fc.constantFrom(...special),
    fc.string({ unit: fc.constantFrom(...`'"\`$\\!*?[]{}()<>|&;~#=%\n\r\t -ab0ü`), maxLength: 30 }),
    fc.string({ unit: 'grapheme', maxLength: 30 }),
    fc.array(fc.constantFrom(...special.slice(0, -1)), { maxLength: 6 }).map((parts) => parts.join('')),
  )
  .filter((text) => !text.includes('\0') && text.isWellFormed());

/** Cut with a mark that no generated text holds: a NUL. */
const words = (text: string): string[] => text.split('\0').slice(0, -1);
const show = 'for word in "$@"; do printf "%s\\0" "$word"; done';

describe('toShell against a real sh', () => {
  const folder = tempFolder();
  const check = (name: string, count: number, holds: (texts: string[]) => void): void => {
    it(name, () => {
      // fast-check prints the seed of a failure.
      fc.assert(
        fc.property(fc.array(hostile, { minLength: 1, maxLength: 25 }), (texts) => holds(texts)),
        { numRuns: count, examples: [[special]] },
      );
    });
  };

  check('argv passes every word as it is', 60, (texts) => {
    const ran = run(argv('sh', '-c', show, 'show', ...texts));
    expect([ran.code, ran.stderr, words(ran.stdout)]).to.deep.equal([0, '', texts]);
  });

  check('script passes every argument as it is', 60, (texts) => {
    const ran = run(script(show, ...texts));
    expect([ran.code, ran.stderr, words(ran.stdout)]).to.deep.equal([0, '', texts]);
  });

  check('inside passes every argument as it is, and its body too', 60, (texts) => {
    const ran = run(inside(`${show}\nbody`, texts, script(show, ...texts)));
    expect([ran.code, ran.stderr, words(ran.stdout)]).to.deep.equal([0, '', [...texts, ...texts]]);
  });

  check('inline passes every argument as it is', 60, (texts) => {
    const ran = run(inline(show, ...texts));
    expect([ran.code, ran.stderr, words(ran.stdout)]).to.deep.equal([0, '', texts]);
  });

  check('a command inside a command inside a command is quoted three times', 30, (texts) => {
    const inner = toShell(script(show, ...texts));
    const ran = run(script('sh -c "$1"', toShell(script('sh -c "$1"', inner))));
    expect([ran.code, words(ran.stdout)]).to.deep.equal([0, texts]);
  });

  check('write writes every text as it is', 25, (texts) => {
    const file = join(folder(), 'written');
    const text = texts.join('\n');
    expect(run(write(file, text)).code).to.equal(0);
    expect(readFileSync(file, 'utf8')).to.equal(text);
  });

  check('user sees every value of its environment as it is', 40, (texts) => {
    const env = Object.fromEntries(texts.map((text, at) => [`VALUE_${at}`, text]));
    const lines = texts.map((_, at) => `printf "%s\\0" "$VALUE_${at}"`);
    const ran = run(user(lines, { env }));
    expect([ran.code, words(ran.stdout)]).to.deep.equal([0, texts]);
  });

  it('goes into a folder of any name', () => {
    const names = special.filter((name) => name !== '' && name.length < 100 && !/^\.{1,2}$|\//.test(name));
    const folders = names.map((name) => join(folder(), name));
    for (const path of folders) mkdirSync(path, { recursive: true });
    const ran = run(and(...folders.map((cwd) => user('printf "%s\\0" "$PWD"', { cwd }))));
    expect(words(ran.stdout)).to.deep.equal(folders);
  });

  it('writes into a folder of any name, with its mode, and leaves no partial file', () => {
    for (const name of ["it's", '-f', 'a b', '$(id)', 'ü\n']) {
      const file = join(folder(), `w${name}`);
      expect(run(write(file, 'x', '0600')).code).to.equal(0);
      expect(statSync(file).mode & 0o777).to.equal(0o600);
      expect(existsSync(`${file}.partial`)).to.equal(false);
    }
  });

  it('refuses a NUL', () => {
    expect(() => quote('a\0b')).to.throw(TypeError, /NUL/);
  });

  it('makes no assignment of a first word', () => {
    expect(run(argv('A=b', 'true')).code).to.equal(127);
  });
});

describe('combinators of commands', () => {
  const folder = tempFolder();
  const say = (word: string, code = 0): Command => script('echo "$1"; exit "$2"', word, String(code));
  const outcome = (command: Command): [number | null, string] => {
    const ran = run(command);
    return [ran.code, ran.stdout.trim().split('\n').join(' ')];
  };

  it('and stops at the first failure, with its code', () => {
    expect(outcome(and(say('a'), say('b', 7), say('c')))).to.deep.equal([7, 'a b']);
    expect(outcome(and())).to.deep.equal([0, '']);
  });

  it('or goes on only after a failure', () => {
    expect(outcome(or(say('a', 3), say('b'), say('c')))).to.deep.equal([0, 'a b']);
    expect(outcome(and(or(say('a'), say('b')), say('c', 4)))).to.deep.equal([4, 'a c']);
    expect(outcome(or(and(say('a'), say('b', 2)), say('c')))).to.deep.equal([0, 'a b c']);
  });

  it('when takes one of two ways', () => {
    expect(outcome(and(when(argv('true'), say('a', 5), say('b')), say('c')))).to.deep.equal([5, 'a']);
    expect(outcome(and(when(argv('false'), say('a')), say('c')))).to.deep.equal([0, 'c']);
    expect(
      outcome(when(and(argv('true'), argv('false')), say('a'), or(say('b', 1), say('c')))),
    ).to.deep.equal([0, 'b c']);
  });

  it("a user's script stops at its first failing line", () => {
    expect(outcome(user(['echo a', 'false', 'echo b']))).to.deep.equal([1, 'a']);
    expect(outcome(and(user('echo a', { cwd: '/', env: { A: 'b' } }), say('c')))).to.deep.equal([0, 'a c']);
  });

  it("a user's script does not run when its folder is not there", () => {
    expect(outcome(user('echo a', { cwd: '/no/such/folder' }))[1]).to.equal('');
    expect(outcome(user('echo a', { cwd: '/no/such/folder' }))[0]).not.to.equal(0);
  });

  it('a write to a full disk fails and leaves the file as it was', function () {
    if (!existsSync('/dev/full')) return this.skip();
    const file = join(folder(), 'kept');
    run(write(file, 'old'));
    run(argv('ln', '-sf', '/dev/full', `${file}.partial`));
    expect(run(write(file, 'new')).code).not.to.equal(0);
    expect(readFileSync(file, 'utf8')).to.equal('old');
  });
});
