import { expect } from 'chai';
import type { Exec } from '../../src/ports/ports.ts';
import { thrown } from '../support/thrown.ts';

/** What every Exec port does. Its shell knows echo, false, missing-program and `sleep` (which ends when it is stopped). */
export function execContract(make: () => Promise<{ readonly exec: Exec; readonly cwd: string }>): void {
  const setting = async (): Promise<{
    exec: Exec;
    options: { cwd: string; title: string; effect: 'read' };
  }> => {
    const { exec, cwd } = await make();
    return { exec, options: { cwd, title: 'the command', effect: 'read' } };
  };

  it('runs lines in order and returns their output', async () => {
    const { exec, options } = await setting();
    const heard: string[] = [];
    const ran = await exec.shell(['echo one', 'echo two'], {
      ...options,
      onLine: (line, stream) => heard.push(`${stream} ${line}`),
    });
    expect(ran).to.deep.equal({ code: 0, stdout: 'one\ntwo\n', stderr: '' });
    expect(heard).to.deep.equal(['out one', 'out two']);
  });

  it('stops at the first line that fails and returns its code', async () => {
    const { exec, options } = await setting();
    const ran = await exec.shell(['echo one', 'false', 'echo two'], options);
    expect(ran.code).to.equal(1);
    expect(ran.stdout).to.equal('one\n');
    expect((await exec.shell('echo one\nfalse\necho two', options)).stdout).to.equal('one\n');
  });

  it('says 127 for a program that is not there', async () => {
    const { exec, options } = await setting();
    const ran = await exec.shell('missing-program', options);
    expect(ran.code).to.equal(127);
    expect(ran.stderr).to.contain('not found');
  });

  it('ends a command that takes too long', async () => {
    const { exec, options } = await setting();
    const error = await thrown(exec.shell('sleep 60', { ...options, timeoutMs: 150 }));
    expect(error.code).to.equal('command-timeout');
    expect(error.message).to.equal('not finished within 150 ms: the command');
  });

  it('ends a command when the signal comes, and starts none after it', async () => {
    const { exec, options } = await setting();
    const controller = new AbortController();
    const running = exec.shell(['echo begun', 'sleep 60'], {
      ...{ ...options, signal: controller.signal },
      onLine: () => controller.abort(new Error('SIGTERM')),
    });
    expect((await thrown(running)).message).to.equal('aborted by SIGTERM');
    const error = await thrown(exec.shell('echo one', { ...options, signal: controller.signal }));
    expect(error.exit).to.equal(5);
  });
}
