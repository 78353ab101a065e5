import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';

const url = pathToFileURL(join(import.meta.dirname, '../../../src/step/start/start.ts')).href;

/** How a program ends whose work is this. */
function run(work: string): { code: number | null; stderr: string } {
  const text = `import { start } from '${url}'; start(async () => { ${work} });`;
  const words = ['--import', 'tsx', '--input-type=module', '-e', text];
  const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', timeout: 30_000 });
  return { code: status, stderr };
}

describe('the start of a program', function () {
  this.timeout(60_000);

  it('is a success when its work is done', () => {
    expect(run('').code).to.equal(0);
  });

  it('keeps the exit code that its work has set', () => {
    expect(run('process.exitCode = 2;').code).to.equal(2);
    expect(run('process.exit(3);').code).to.equal(3);
    expect(run('process.exit(0);').code).to.equal(0);
  });

  it('is no success when nothing is left to wait for and the work has not ended', () => {
    expect(run('await new Promise(() => undefined);').code).to.equal(13);
  });

  it('is no success when its work throws, and tells why', () => {
    const { code, stderr } = run("throw new Error('broken');");
    expect(code).to.be.greaterThan(0);
    expect(stderr).to.include('broken');
  });
});
