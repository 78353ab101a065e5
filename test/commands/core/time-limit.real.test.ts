import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { user } from '../../../src/commands/core/command.ts';
import { limited, limitPassed } from '../../../src/commands/core/time-limit.ts';
import { toShell } from '../../../src/commands/core/shell.ts';
import { bearers, isRunning } from '../../support/bearers.ts';
import { endProcess } from '../../support/end-process.ts';
import { needs } from '../../support/needs.ts';
import { tempFolder } from '../../support/temp.ts';
import { waitFor } from '../../support/wait-for.ts';

const program = (name: string): string =>
  spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name], { encoding: 'utf8' }).stdout.trim();

for (const shell of ['dash', 'bash', 'busybox']) {
  describe(`limit: by ${shell}`, () => {
    before(needs('setsid', shell));
    const folder = tempFolder();
    let path = '';
    before(() => {
      const bin = join(folder(), 'bin');
      mkdirSync(bin);
      // Busybox brings all of its programs, so that nothing of coreutils is used by accident.
      if (shell === 'busybox') spawnSync('busybox', ['--install', '-s', bin]);
      else symlinkSync(program(shell), join(bin, 'sh'));
      path = shell === 'busybox' ? bin : `${bin}:${process.env['PATH']}`;
    });
    let count = 0;
    let mark = '';
    beforeEach(() => (mark = `CANOPY_HOOK_ID=${process.pid}.${shell}.${(count += 1)}`));
    afterEach(() => bearers(mark).forEach(endProcess));

    const sh = (): string => join(path.split(':')[0] ?? '', 'sh');
    const textOf = (lines: string, ms: number, graceMs = 300): string =>
      toShell(
        limited(user(lines, { env: { CANOPY_HOOK_ID: mark.slice('CANOPY_HOOK_ID='.length) } }), {
          ms,
          graceMs,
          mark,
        }),
      );
    const run = (lines: string, ms: number) => {
      const { status, stdout, stderr } = spawnSync(sh(), ['-c', textOf(lines, ms)], {
        env: { PATH: path },
        encoding: 'utf8',
      });
      return { code: status ?? -1, stdout, stderr };
    };
    const over = { code: 124, stderr: 'canopy: the time is over\n' };

    it('gives the code and the output of what ends in time, and leaves no watcher', async () => {
      for (let times = 0; times < 20; times += 1)
        expect(run('echo out; echo err >&2; exit 3', 987_650)).to.deep.equal({
          code: 3,
          stdout: 'out\n',
          stderr: 'err\n',
        });
      await waitFor('the watchers to be gone', () => {
        const { stdout } = spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
        return !stdout.split('\n').some((line) => line.endsWith('sleep 987.65'));
      });
    });

    it('takes a code of 124 for no limit', () => {
      const ran = run('echo the time is over >&2; exit 124', 60_000);
      expect([ran.code, limitPassed(ran)]).to.deep.equal([124, null]);
    });

    for (const [what, lines] of Object.entries({
      'does not end': 'sleep 60',
      'ignores TERM': `trap '' TERM; while :; do sleep 0.1; done`,
      'forks and ends itself at TERM': `(trap '' TERM; while :; do sleep 0.1; done) & trap 'exit 0' TERM; wait`,
      'leaves its process group': 'setsid sleep 60 & setsid setsid sleep 61 & sleep 62',
      'leaves its process group and ignores TERM': `setsid sh -c 'trap "" TERM; while :; do sleep 0.1; done' & wait`,
      'has ended, but a child has its output': 'sleep 60 & wait',
      'stops itself': 'kill -s STOP $$; sleep 60',
    })) {
      it(`ends all of one that ${what}`, () => {
        const ran = run(`echo begun; ${lines}`, 400);
        expect({ ...ran, stdout: '' }).to.deep.equal({ ...over, stdout: '' });
        expect(ran.stdout).to.equal('begun\n');
        expect(limitPassed(ran)).to.deep.equal({ left: false });
        expect(bearers(mark)).to.deep.equal([]);
      });
    }

    it('ends what has forgotten its environment too, by its group', () => {
      const file = join(folder(), `pids-${count}`);
      const ran = run(
        `env -i sh -c 'echo $$ > "$1"; trap "" TERM; while :; do /bin/sleep 0.1; done' sh ${file} & wait`,
        400,
      );
      expect(ran.code).to.equal(124);
      expect(isRunning(Number(readFileSync(file, 'utf8')))).to.equal(false);
    });

    it('leaves alone what was left running in time', () => {
      const ran = run('sleep 60 >/dev/null 2>&1 & echo $!', 5000);
      expect([ran.code, isRunning(Number(ran.stdout))]).to.deep.equal([0, true]);
    });

    it('hears of one that kills its own group', () => {
      expect(run('kill 0; sleep 60', 60_000).code).to.equal(143);
    });

    it('has no input', () => {
      expect(run('cat; echo end', 60_000)).to.deep.equal({ code: 0, stdout: 'end\n', stderr: '' });
    });

    it('ends all of it when it is itself told to end', async () => {
      const child = spawn(sh(), ['-c', textOf(`trap '' TERM; while :; do sleep 0.1; done`, 60_000)], {
        env: { PATH: path },
        detached: true,
        stdio: 'ignore',
      });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      await waitFor('the command', () => bearers(mark).length > 0);
      // The shell may not have set its trap yet: one TERM is enough once it has, and as many are sent as it takes.
      await waitFor('the end', () => {
        if (child.exitCode === null && child.signalCode === null) process.kill(-(child.pid ?? 0), 'SIGTERM');
        return bearers(mark).length === 0;
      });
      await ended;
    });

    it('says when something of it cannot be ended', function () {
      needs('root', 'setpriv').call(this, () => undefined);
      // As sudo does it: a program with the right to become another user.
      const become = join(folder(), `become-${count}`);
      chmodSync(folder(), 0o755);
      copyFileSync(program('setpriv'), become);
      chmodSync(become, 0o4755);
      const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups'];
      const text = textOf(`${become} --reuid=0 sleep 60 >/dev/null 2>&1 & echo $!; wait`, 300, 100);
      const { status, stdout, stderr } = spawnSync(program('setpriv'), [...nobody, sh(), '-c', text], {
        env: { PATH: path },
        encoding: 'utf8',
      });
      expect(stdout, stderr).to.match(/^\d+\n$/);
      endProcess(Number(stdout));
      expect([status, stderr]).to.deep.equal([124, 'canopy: the time is over, something is left\n']);
      expect(limitPassed({ code: status ?? -1, stderr })).to.deep.equal({ left: true });
    });
  });
}
