import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { and, argv, script, user, write, type Command } from '../../../src/commands/core/command.ts';
import { explainFailure, type CommandExit } from '../../../src/commands/command-errors.ts';
import { fenced } from '../../../src/commands/core/fence.ts';
import { toShell } from '../../../src/commands/core/shell.ts';
import { needs } from '../../support/needs.ts';
import { tempFolder } from '../../support/temp.ts';
import { waitFor } from '../../support/wait-for.ts';

const shells = ['sh', 'dash', 'bash', 'busybox'];

for (const shell of shells) {
  describe(`fence: by ${shell}`, () => {
    before(needs('flock', shell));
    const folder = tempFolder();
    const place = (): string => join(mkdtempSync(join(folder(), 'place-')), "it's here");
    const shellWords = shell === 'busybox' ? ['sh', '-c'] : ['-c'];
    const start = (command: Command, input = ''): Promise<CommandExit> =>
      new Promise((resolve, reject) => {
        const child = spawn(shell, [...shellWords, toShell(command)]);
        let stdout = '';
        let stderr = '';
        child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
        child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
        child.once('error', reject);
        child.once('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
        // It may have ended before: its exit code tells why.
        child.stdin.on('error', () => child.stdin.destroy());
        child.stdin.end(input);
      });
    const under = (path: string, token: number, command: Command, waitSeconds = 10): Promise<CommandExit> =>
      start(fenced(path, token, command, { waitSeconds }));
    const why = (ran: CommandExit): string =>
      explainFailure('web-1', 'switch', ran, { path: '/srv', user: null }).code;

    it('makes its folder for the SSH user alone, and writes the token', async () => {
      const path = place();
      expect(await under(path, 7, argv('echo', 'done'))).to.deep.equal({
        code: 0,
        stdout: 'done\n',
        stderr: '',
      });
      expect(readFileSync(join(path, '.canopy/token'), 'utf8')).to.equal('7\n');
      expect(statSync(join(path, '.canopy')).mode & 0o777).to.equal(0o700);
      expect(readdirSync(join(path, '.canopy')).sort()).to.deep.equal(['lock', 'token']);
      expect(statSync(path).mode & 0o055).to.equal(0o055 & ~process.umask());
    });

    it('takes the same and a newer token, and refuses an older one', async () => {
      const path = place();
      const mark = join(folder(), `mark-${shell}`);
      await under(path, 7, argv('true'));
      expect((await under(path, 7, argv('true'))).code).to.equal(0);
      expect((await under(path, 10, argv('true'))).code).to.equal(0);
      const stale = await under(path, 9, argv('touch', mark));
      expect(stale).to.deep.equal({ code: 75, stdout: '', stderr: 'canopy: stale token 9 < 10\n' });
      expect(explainFailure('web-1', 'switch', stale, { path, user: null }).message).to.equal(
        'web-1 refused a command of this run: its token 9 is older than 10, another run has taken over',
      );
      expect(existsSync(mark)).to.equal(false);
      expect(readFileSync(join(path, '.canopy/token'), 'utf8')).to.equal('10\n');
    });

    it('takes an empty token for none', async () => {
      const path = place();
      mkdirSync(join(path, '.canopy'), { recursive: true });
      writeFileSync(join(path, '.canopy/token'), '');
      expect((await under(path, 0, argv('true'))).code).to.equal(0);
      expect(readFileSync(join(path, '.canopy/token'), 'utf8')).to.equal('0\n');
    });

    for (const [name, text] of Object.entries({
      word: 'abc',
      negative: '-1',
      two: '1\n2\n',
      huge: '9'.repeat(40),
      code: '1; exit 0',
    })) {
      it(`refuses a token file that holds no number: ${name}`, async () => {
        const path = place();
        mkdirSync(join(path, '.canopy'), { recursive: true });
        writeFileSync(join(path, '.canopy/token'), text);
        const ran = await under(path, 99, argv('echo', 'ran'));
        expect([ran.code, ran.stdout, why(ran)]).to.deep.equal([78, '', 'token-unreadable']);
        expect(ran.stderr).to.include(join(path, '.canopy/token'));
        expect(readFileSync(join(path, '.canopy/token'), 'utf8')).to.equal(text);
      });
    }

    it('gives the code, the output and the input of its body', async () => {
      const path = place();
      const body = and(script('cat; echo err >&2'), script('exit 75'));
      const ran = await start(fenced(path, 1, body, { waitSeconds: 1 }), 'the input');
      expect(ran).to.deep.equal({ code: 75, stdout: 'the input', stderr: 'err\n' });
      expect(why(ran)).to.equal('remote-failed');
    });

    it('runs no further part of a body that failed', async () => {
      const path = place();
      const ran = await under(path, 1, and(user('echo a; exit 3'), argv('echo', 'b')));
      expect([ran.code, ran.stdout]).to.deep.equal([3, 'a\n']);
    });

    it('lets one in at a time', async () => {
      const path = place();
      const log = join(folder(), `log-${shell}`);
      const body = (name: string): Command =>
        script('echo "begin $1" >> "$2"; sleep 0.15; echo "end $1" >> "$2"', name, log);
      const all = await Promise.all(['a', 'b', 'c', 'd'].map((name) => under(path, 1, body(name))));
      expect(all.map((ran) => ran.code)).to.deep.equal([0, 0, 0, 0]);
      const lines = readFileSync(log, 'utf8').trim().split('\n');
      expect(lines).to.have.length(8);
      for (let at = 0; at < 8; at += 2) expect(lines[at + 1]).to.equal(lines[at]?.replace('begin', 'end'));
    });

    it('says when the lock is not free in time', async () => {
      const path = place();
      const mark = join(folder(), `free-${shell}`);
      const first = under(
        path,
        1,
        script('echo in; for i in $(seq 200); do [ -e "$1" ] && break; sleep 0.05; done', mark),
      );
      await waitFor('the lock to be taken', () => existsSync(join(path, '.canopy/token')));
      const late = await under(path, 1, argv('true'), 0);
      expect([late.code, why(late)]).to.deep.equal([76, 'host-busy']);
      writeFileSync(mark, '');
      expect((await first).code).to.equal(0);
      expect((await under(path, 1, argv('true'), 0)).code).to.equal(0);
    });

    it('is not held by what its body leaves running', async () => {
      const path = place();
      const ran = await under(path, 1, script('{ sleep 3; true; } >/dev/null 2>&1 & echo $!'));
      const plain = await under(path, 1, user('nohup sleep 20 >/dev/null 2>&1 & echo $!'), 0);
      for (const { stdout } of [ran, plain]) process.kill(Number(stdout));
      expect([ran.code, plain.code]).to.deep.equal([0, 0]);
      expect((await under(path, 2, argv('true'), 0)).code).to.equal(0);
    });

    it('takes a body of 300 kB by standard input', async () => {
      const path = place();
      const file = join(folder(), `large-${shell}`);
      const text = toShell(fenced(path, 1, write(file, 'x'.repeat(300_000)), { waitSeconds: 1 }));
      const ran = spawnSync(
        shell,
        shell === 'busybox' ? ['sh', '-c', 'eval "$(cat)"'] : ['-c', 'eval "$(cat)"'],
        { input: text },
      );
      expect([ran.status, statSync(file).size]).to.deep.equal([0, 300_000]);
    });

    it('fails before its body when its folder cannot be made', async () => {
      const inTheWay = join(folder(), `file-${shell}`);
      writeFileSync(inTheWay, '');
      const ran = await under(join(inTheWay, 'app'), 1, argv('echo', 'ran'));
      expect(ran.code).not.to.equal(0);
      expect([ran.stdout, ran.stderr]).to.satisfy(([out, err]: string[]) => out === '' && err !== '');
    });

    it('fails before its body when the token cannot be written', async function () {
      if (!existsSync('/dev/full')) return this.skip();
      const path = place();
      mkdirSync(join(path, '.canopy'), { recursive: true });
      spawnSync('ln', ['-s', '/dev/full', join(path, '.canopy/token.new')]);
      const ran = await under(path, 5, argv('echo', 'ran'));
      expect([ran.stdout, why(ran)]).to.deep.equal(['', 'remote-disk-full']);
      expect(existsSync(join(path, '.canopy/token'))).to.equal(false);
    });
  });
}

describe('fence', () => {
  it('takes no token that is no number', () => {
    for (const token of [Number.NaN, -1, 1.5, Number.POSITIVE_INFINITY])
      expect(() => fenced('/srv', token, argv('true'), { waitSeconds: 1 })).to.throw(TypeError);
  });
});
