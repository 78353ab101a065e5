import { spawn } from 'node:child_process';
import { expect } from 'chai';
import { needs } from '../support/needs.ts';
import { endWithUs } from '../support/with-us.ts';

/** Runs Maven in this folder; resolves with its exit code and output. */
function maven(...words: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn('mvn', ['-B', '-ntp', ...words], {
    cwd: import.meta.dirname,
    // Maven lives for seconds: what is optimised late never pays.
    env: { ...process.env, MAVEN_OPTS: `-XX:TieredStopAtLevel=1 -XX:+UseSerialGC ${process.env['MAVEN_OPTS'] ?? ''}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  endWithUs(child);
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  child.stderr.on('data', (chunk) => (output += String(chunk)));
  return new Promise((done, failed) => {
    child.once('error', failed);
    child.once('close', (code) => done({ code, output }));
  });
}

describe('vars/ under groovy-cps', function () {
  // Cold, Maven first downloads about 40 MB.
  this.timeout(600_000);
  before(needs('mvn', 'java'));

  it('all suites pass', async () => {
    const { code, output } = await maven('test');
    const counts = [...output.matchAll(/^.*Tests run: (\d+), Failures: (\d+), Errors: (\d+), Skipped: (\d+)$/gm)].at(-1);
    const wrong = output.split('\n').filter((line) => /^\[ERROR\]|^\S*(Error|Exception)|expected:/.test(line));
    if (code !== 0) expect.fail(`mvn test ended with ${code}\n${wrong.slice(0, 60).join('\n') || output.slice(-3000)}`);
    console.log(`      ${counts?.[0].replace(/^\[\w+\] /, '')}`);
    expect(Number(counts?.[1])).to.be.greaterThan(50);
  });
});
