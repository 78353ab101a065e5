import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { tempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

interface Failure {
  file: string;
  title: string;
  message: string;
}
interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  failures: Failure[];
}

/** Files that run in several processes must count as they do in one. */
describe('the lanes of npm test', function () {
  this.timeout(60_000);
  const folder = tempFolder();
  const url = (path: string): string => pathToFileURL(resolve('scripts/support', path)).href;
  /** Every file takes a process of its own. */
  const program = `import { runLanes } from '${url('lanes.mjs')}';
import { queueOf } from '${url('queue.mjs')}';
const [lanes, ...files] = process.argv.slice(1);
const seconds = Object.fromEntries(files.map((file, at) => [file, 100 - at]));
const counts = await runLanes(queueOf(files, { seconds, apart: {} }), { lanes: Number(lanes) });
console.log(JSON.stringify(counts));`;

  function begin(name: string, texts: Readonly<Record<string, string>>, lanes = 2) {
    const place = join(folder(), name);
    mkdirSync(place);
    const files = Object.entries(texts).map(([file, text]) => {
      writeFileSync(join(place, `${file}.test.ts`), text);
      return join(place, `${file}.test.ts`);
    });
    const words = ['--input-type=module', '-e', program, '--', String(lanes), ...files];
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (out += chunk.toString()));
    const ended = new Promise<{ out: string; counts: Counts }>((done, failed) =>
      child.once('close', () => {
        const last = out.trim().split('\n').at(-1) ?? '';
        if (last.startsWith('{')) done({ out, counts: JSON.parse(last) as Counts });
        else failed(new Error(out));
      }),
    );
    return { child, ended, place };
  }

  const meet = (own: string, other: string): string => `import { existsSync, writeFileSync } from 'node:fs';
import { waitFor } from '${pathToFileURL(resolve('test/support/wait-for.ts')).href}';
import { join } from 'node:path';
it('${own} meets ${other}', async () => {
  console.log('${own} begins');
  writeFileSync(join(import.meta.dirname, '${own}'), '');
  await waitFor('the other', () => existsSync(join(import.meta.dirname, '${other}')));
  console.log('${own} ends');
});`;

  it('run at once, and the output of each stands together', async () => {
    const { out, counts } = await begin('at-once', { a: meet('one', 'two'), b: meet('two', 'one') }).ended;
    expect([counts.passed, counts.failed]).to.deep.equal([2, 0]);
    for (const name of ['one', 'two']) expect(out).to.match(new RegExp(`${name} begins\\n${name} ends\\n`));
  });

  it('add up what passed, failed and was skipped, and name the file of each failure', async () => {
    const { counts } = await begin('sum', {
      a: `it('a', () => {}); it.skip('s', () => {});`,
      b: `it('b', () => {}); it('c', () => { throw new Error('no'); });`,
      crashes: `it('d', () => process.exit(0));`,
      unreadable: `import './nothing.ts';`,
    }).ended;
    expect([counts.passed, counts.failed, counts.skipped]).to.deep.equal([2, 3, 1]);
    const told = counts.failures.map(({ file, title }) => [/(\w+)\.test\.ts$/.exec(file)?.[1], title]);
    expect(told).to.have.deep.members([
      ['b', 'c'],
      ['crashes', ''],
      ['unreadable', ''],
    ]);
  });

  it('pass a signal on, begin nothing more, and count as failed what has not run', async () => {
    const waits = `import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endWithUs } from '${pathToFileURL(resolve('test/support/with-us.ts')).href}';
it('waits', (done) => {
  const daemon = spawn('sleep', ['600']);
  endWithUs(daemon);
  for (const { pid } of [process, daemon]) writeFileSync(join(import.meta.dirname, String(pid)), '');
  setTimeout(done, 15_000);
});`;
    const { child, ended, place } = begin('signal', { a: waits, b: waits, c: waits, d: waits });
    const pids = (): number[] => readdirSync(place).map(Number).filter(Boolean);
    await waitFor('two that wait, each with a daemon', () => pids().length === 4, 30_000);
    child.kill('SIGTERM');
    const { counts } = await ended;
    expect([counts.passed, counts.failed]).to.deep.equal([0, 3]);
    expect(counts.failures.map(({ message }) => message)).to.deep.equal([
      'stopped by SIGTERM',
      'stopped by SIGTERM',
      'did not run',
    ]);
    expect(counts.failures[2]?.file).to.equal('2 files');
    expect(pids()).to.have.length(4);
    await waitFor('all of them to be gone', () => pids().every((pid) => !existsSync(`/proc/${pid}`)));
  });

  it('are as many as cores, two or three, and one when files are named', async () => {
    const file: string = resolve('scripts/support/lanes.mjs');
    const { lanesOf } = (await import(file)) as { lanesOf: (words: string[], cores: number) => object };
    for (const [cores, lanes] of [
      [1, 2],
      [2, 2],
      [3, 3],
      [64, 3],
    ] as const)
      expect(lanesOf([], cores)).to.deep.equal({ lanes, paths: [] });
    expect(lanesOf(['test/a'], 4)).to.deep.equal({ lanes: 1, paths: ['test/a'] });
    expect(lanesOf(['test/a', '--lanes', '5', 'b'], 4)).to.deep.equal({ lanes: 5, paths: ['test/a', 'b'] });
  });
});
