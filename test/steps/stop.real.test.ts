import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { tempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';
import { fixture, start } from './run.ts';

interface Document {
  readonly outcome: string;
  readonly exit: number;
  readonly errors: readonly { readonly code: string; readonly message: string }[];
}

describe('a safe stop', function () {
  this.timeout(60_000);
  const folder = tempFolder();
  const file = (): string => join(folder(), 'result.json');
  const document = (): Document => JSON.parse(readFileSync(file(), 'utf8')) as Document;
  const begin = (words: string[], env = {}) => start([...fixture, ...words, '--result', file()], env);

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    it(`comes at the first ${signal}, told at once with what is under way; exit 5`, async () => {
      const run = begin(['stop']);
      await waitFor('work', () => run.output().includes('working'));
      for (let times = 0; times < 3; times += 1) run.child.kill(signal);
      await waitFor('a word', () =>
        run.output().includes(`${signal}: coming to a safe stop; now: working on web-1`),
      );
      const { code, out } = await run.ended;
      expect(code).to.equal(5);
      // Those that came later are answered, each in other words.
      expect(out.split('coming to a safe stop')).to.have.length(2);
      expect(document()).to.deep.include({ outcome: 'aborted', exit: 5, reasons: ['1 of 3 instances'] });
    });
  }

  it('is not disturbed by signals that come until the very end', async () => {
    for (let times = 0; times < 3; times += 1) {
      const run = begin(['stop']);
      await waitFor('work', () => run.output().includes('working'));
      const storm = setInterval(() => run.child.kill('SIGTERM'), 1);
      const { code, signal } = await run.ended;
      clearInterval(storm);
      expect([code, signal]).to.deep.equal([5, null]);
      expect(document().exit).to.equal(5);
    }
  });

  it('comes also after the program was stopped for a while, which it tells by itself', async () => {
    const run = begin(['stop']);
    await waitFor('work', () => run.output().includes('working'));
    run.child.kill('SIGSTOP');
    const since = Date.now();
    await waitFor('time to pass', () => Date.now() - since > 7000);
    expect(run.output()).not.to.contain('was stopped');
    run.child.kill('SIGCONT');
    await waitFor('a word', () =>
      /this program was stopped for \S+ s: time limits and leases may have run out meanwhile/.test(
        run.output(),
      ),
    );
    run.child.kill('SIGTERM');
    expect((await run.ended).code).to.equal(5);
    // What is under way is no warning.
    expect(run.output()).to.contain('SIGTERM: coming to a safe stop; now: working on web-1\n');
    expect(document().outcome).to.equal('aborted');
    expect(run.output().split('was stopped for'), run.output()).to.have.length(2);
  });

  it('has a deadline; then the result says that the end was not reached', async () => {
    const run = begin(['deaf', '--json'], { STOP_WITHIN: '200' });
    await waitFor('work', () => run.output().includes('deaf work'));
    run.child.kill('SIGTERM');
    const { code, out } = await run.ended;
    expect(code).to.equal(1);
    expect(JSON.parse(out)).to.deep.equal(document());
    expect(document().errors[0]).to.deep.include({ code: 'stop-late' });
    expect(document().errors[0]?.message).to.contain('deaf work');
  });
});

describe('a reader of the output', function () {
  this.timeout(60_000);
  const folder = tempFolder();
  const result = (): string => join(folder(), 'result.json');

  it('that goes away stops nothing', async () => {
    const run = start([...fixture, 'chatty', '--result', result()]);
    await waitFor('a line', () => run.output().includes('line 1'));
    run.child.stdout?.destroy();
    run.child.stderr?.destroy();
    expect((await run.ended).code).to.equal(0);
    expect(JSON.parse(readFileSync(result(), 'utf8'))).to.include({ outcome: 'done' });
  });

  it('that was never there stops nothing', async () => {
    const script = 'exec "$0" "$@" >&- 2>&-';
    const run = start(
      ['-c', script, process.execPath, ...fixture, 'done', '--json', '--result', result()],
      {},
      'sh',
    );
    expect((await run.ended).code).to.equal(0);
    expect(JSON.parse(readFileSync(result(), 'utf8'))).to.include({ outcome: 'done' });
  });

  it('that holds the pipe and does not read cannot keep an aborted step for ever', async () => {
    const mark = join(folder(), 'mark');
    const run = start([...fixture, 'flood', '--json', '--mark', mark, '--result', result()]);
    run.child.stderr?.pause();
    run.child.stdout?.pause();
    await waitFor('the flood', () => existsSync(mark));
    run.child.kill('SIGTERM');
    const code = await new Promise((resolve) => run.child.once('exit', resolve));
    expect(code).to.equal(5);
    expect(JSON.parse(readFileSync(result(), 'utf8'))).to.include({ outcome: 'aborted' });
    run.child.stdout?.resume();
    run.child.stderr?.resume();
  });
});
