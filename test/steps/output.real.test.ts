import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { tempFolder } from '../support/temp.ts';
import { runFixture } from './run.ts';

interface Told {
  readonly ok: boolean;
  readonly exit: number;
  readonly outcome: string;
  readonly data: { readonly text?: string };
  readonly errors: readonly { readonly code: string; readonly message: string }[];
}
const read = (text: string): Told => JSON.parse(text) as Told;

describe('the file for the result', function () {
  this.timeout(60_000);
  const folder = tempFolder();
  const at = (name: string): string => join(folder(), name);

  it('that cannot be written is found before anything is done', async () => {
    writeFileSync(at('file'), '');
    const mark = at('mark');
    for (const [file, reason] of [
      [at('no/such/folder'), 'there is no such file or folder'],
      [folder(), 'it is a folder'],
      [at('file/below'), 'part of the path is no folder'],
      [at('x'.repeat(300)), 'its name is too long'],
    ] as const) {
      const { code, out } = await runFixture(['mark', '--mark', mark, '--json', `--result=${file}`]);
      expect([code, read(out).outcome, read(out).errors[0]?.code]).to.deep.equal([
        2,
        'failed',
        'output-file',
      ]);
      expect(read(out).errors.map(({ message }) => message)).to.deep.equal([
        `cannot write ${file}: ${reason}`,
      ]);
      expect(existsSync(mark), file).to.equal(false);
    }
  });

  it('is not left behind, and what stands there is not lost, when the call is wrong', async () => {
    writeFileSync(at('old'), 'as it was');
    const before = readdirSync(folder());
    for (const file of ['old', 'new']) {
      const { code } = await runFixture(['throw', '--mark', '--json', '--result', at(file)]);
      expect(code).to.equal(2);
    }
    // The document of that call stands there; nothing else was made.
    expect(readdirSync(folder()).sort()).to.deep.equal([...before, 'new'].sort());
    expect(read(readFileSync(at('new'), 'utf8')).exit).to.equal(2);
  });

  it('may be a device, a link, or a file that is there', async () => {
    writeFileSync(at('there'), 'x'.repeat(10_000));
    symlinkSync(at('there'), at('link'));
    symlinkSync(at('to-come'), at('dangling'));
    for (const file of ['/dev/null', at('there'), at('link'), at('dangling')])
      expect((await runFixture(['done', '--result', file])).code, file).to.equal(0);
    expect(read(readFileSync(at('there'), 'utf8')).outcome).to.equal('done');
    expect(read(readFileSync(at('to-come'), 'utf8')).outcome).to.equal('done');
  });

  it('that cannot be written any more is told on stderr with the document, and the call is no success', async () => {
    for (const words of [[], ['--json']]) {
      mkdirSync(at('gone'));
      const file = join(at('gone'), 'result.json');
      const { code, out, err } = await runFixture([
        ...['unmake', '--mark', at('gone'), '--text', 'some data', '--result', file],
        ...words,
      ]);
      expect(code).to.equal(1);
      expect(err).to.contain(`error: cannot write the result to ${file}: there is no such file or folder`);
      const document = read(
        err.slice(err.indexOf('the result document:\n') + 'the result document:\n'.length),
      );
      expect(document).to.include({ outcome: 'done', ok: false, exit: 1 });
      expect(document.data.text).to.equal('some data');
      expect(document.errors.map((error) => error.code)).to.deep.equal(['result-file']);
      if (words.length > 0) expect(read(out)).to.deep.equal(document);
      else expect(out).to.contain('is done').and.not.to.contain('error');
    }
  });

  it('on a disk that is full is told too, and keeps the exit code of what was done', async () => {
    const { code, out } = await runFixture(['reverted', '--json', '--result', '/dev/full']);
    expect([code, read(out).outcome, read(out).errors[0]?.code]).to.deep.equal([
      3,
      'reverted',
      'result-file',
    ]);
    expect(read(out).errors[0]?.message).to.contain('no space left on the disk');
  });
});

describe('what went wrong', function () {
  this.timeout(60_000);

  it('is told on stderr, what was done on stdout', async () => {
    for (const [words, said] of [
      [['throw', '--text', 'oops'], 'outer oops'],
      [['--nope', 'x', 'done'], 'there is no option --nope'],
      [['mixed'], 'because mixed'],
      [['fail'], 'because fail'],
    ] as const) {
      const { out, err } = await runFixture(words);
      expect(err, words.join(' ')).to.contain(said);
      expect(out, words.join(' ')).not.to.contain(said);
    }
    const { out, err } = await runFixture(['done']);
    expect([out, err]).to.deep.equal(['because done\n', '']);
    // Also where the last words, with what was done, tell it too.
    const told = await runFixture(['leak', '--text', 'spilt']);
    expect([told.out.includes('at last spilt'), told.err]).to.deep.equal([true, 'error: mixed: spilt\n']);
  });
});
