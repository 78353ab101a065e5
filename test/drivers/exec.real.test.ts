import { readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openExec } from '../../src/drivers/exec/exec.ts';
import type { ExecOptions } from '../../src/ports/ports.ts';
import { needs } from '../support/needs.ts';
import { tempFolder } from '../support/temp.ts';
import { thrown } from '../support/thrown.ts';
import { waitFor } from '../support/wait-for.ts';

describe('drivers/exec', () => {
  before(needs('sh', 'setsid'));
  const folder = tempFolder();
  const options = (): ExecOptions => ({ cwd: folder(), title: 'the command', effect: 'change' });
  const env = {
    PATH: process.env['PATH'],
    CANOPY_STORE: 's1',
    TWILIO_TOKEN: 's2',
    SMTP_PASS: 's3',
    NPM_TOKEN: 's4',
  };
  const exec = openExec({ env: { ...env, KEPT: 'yes' }, hide: ['NPM_TOKEN'] });
  const lives = (pid: number): boolean => {
    const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : ') Z';
    return !/\) [ZX]/.test(stat);
  };

  it('hides our secrets and the bound variables from the command', async () => {
    const { stdout } = await exec.shell('env', options());
    expect(stdout).to.contain('KEPT=yes');
    for (const secret of ['s1', 's2', 's3', 's4'])
      expect(stdout).not.to.match(new RegExp(`=${secret}$`, 'm'));
  });

  it('adds the variables of one call', async () => {
    const { stdout } = await exec.shell('echo "$KEPT $MORE"', { ...options(), env: { MORE: 'a "b" $c' } });
    expect(stdout).to.equal('yes a "b" $c\n');
  });

  it('keeps the streams apart and cuts lines at the end only', async () => {
    const heard: string[] = [];
    const ran = await exec.shell(`printf 'ä\\r\\nb'; printf 'c' >&2`, {
      ...options(),
      onLine: (line, stream) => heard.push(`${stream}:${line}`),
    });
    expect(ran).to.deep.equal({ code: 0, stdout: 'ä\r\nb', stderr: 'c' });
    expect(heard.sort()).to.deep.equal(['err:c', 'out:b', 'out:ä']);
  });

  it('gives the command an input that is at its end', async () => {
    expect((await exec.shell('cat; echo over', options())).stdout).to.equal('over\n');
  });

  it('does not mind a command that has ended before we look at it', async () => {
    const many = Array.from({ length: 40 }, () => exec.shell('true', options()));
    expect(new Set((await Promise.all(many)).map(({ code }) => code))).to.deep.equal(new Set([0]));
  });

  it('returns 128 + n for a command that a signal ended', async () => {
    expect((await exec.shell('kill -TERM $$', options())).code).to.equal(143);
    expect((await exec.shell('kill -KILL $PPID', options())).code).to.equal(137);
  });

  it('writes nothing to our own output', async () => {
    const original = process.stdout.write;
    const written: string[] = [];
    process.stdout.write = ((text: string) => written.push(text) > 0) as typeof process.stdout.write;
    try {
      await exec.shell('echo loud', options());
    } finally {
      process.stdout.write = original;
    }
    expect(written.join('')).not.to.contain('loud');
  });

  it('ends what a finished command left in the background', async () => {
    const { stdout } = await exec.shell('sleep 300 & echo $!', options());
    expect(lives(Number(stdout))).to.be.false;
  });

  it('ends grandchildren with the time limit', async () => {
    const line = `sh -c 'sleep 300 & echo $! > pid; wait'`;
    const error = await thrown(exec.shell(line, { ...options(), timeoutMs: 400 }));
    expect(error.code).to.equal('command-timeout');
    expect(lives(Number(readFileSync(join(folder(), 'pid'), 'utf8')))).to.be.false;
  });

  it('ends also what ignores SIGTERM', async () => {
    const controller = new AbortController();
    const line = `trap '' TERM; echo $$ > stubborn; while :; do sleep 1; done`;
    const running = thrown(exec.shell(line, { ...options(), signal: controller.signal }));
    const file = join(folder(), 'stubborn');
    await waitFor('the command to start', () => existsSync(file) && readFileSync(file, 'utf8') !== '');
    controller.abort(new Error('SIGTERM'));
    expect((await running).code).to.equal('aborted');
    expect(lives(Number(readFileSync(file, 'utf8')))).to.be.false;
  });

  it('keeps the end of an endless output and goes on', async () => {
    const line = `head -c 8000000 /dev/zero | tr '\\0' x; echo; echo the end`;
    const ran = await exec.shell(line, options());
    expect(ran.code).to.equal(0);
    expect(ran.stdout.length).to.be.lessThan(5_000_000);
    expect(ran.stdout.endsWith('x\nthe end\n')).to.be.true;
  });

  it('says what it could not start', async () => {
    const error = await thrown(exec.shell('true', { ...options(), cwd: join(folder(), 'none') }));
    expect(error.code).to.equal('command-start');
    expect(error.message).to.contain('none');
  });
});
