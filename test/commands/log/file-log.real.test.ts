import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { toShell } from '../../../src/commands/core/shell.ts';
import type { Command } from '../../../src/commands/core/command.ts';
import { logTail, start } from '../../../src/commands/service/service.ts';
import { logIn, type ServiceLog } from '../../../src/deploy/model/service/service-log.ts';
import { needs } from '../../support/needs.ts';
import { pathOf } from '../../support/ssh/shells.ts';
import { tempFolder } from '../../support/temp.ts';

const service = (log: string | null) =>
  ({
    kind: 'commands',
    start: ['echo started >> ../../log; true'],
    stop: ['true'],
    status: ['true'],
    log,
  }) as const;

for (const shell of ['dash', 'bash', 'busybox'] as const) {
  describe(`the log of a service since it was started: by ${shell}`, function () {
    this.timeout(60_000);
    before(needs(shell));
    const temp = tempFolder();
    let [PATH, path] = ['', ''];
    before(() => (PATH = pathOf(temp(), shell)));
    beforeEach(() => {
      path = mkdtempSync(join(temp(), "a server's "));
      mkdirSync(join(path, '.canopy'));
      mkdirSync(join(path, 'releases/r1'), { recursive: true });
      symlinkSync('releases/r1', join(path, 'current'));
    });
    const file = (): string => join(path, 'log');
    const sh = (command: Command) =>
      spawnSync('/bin/sh', ['-c', 'exec sh -c "$1"', 'x', toShell(command)], {
        encoding: 'utf8',
        env: { PATH },
      });
    const begin = (log: string | null = file()): void => {
      const { status, stderr } = sh(start(service(log), { path, env: {} }));
      expect([status, stderr]).to.deep.equal([0, '']);
    };
    const read = (log = file()): ServiceLog => {
      const { status, stdout, stderr } = sh(logTail(service(log), path, 80)!);
      return logIn({ code: status ?? -1, stdout, stderr });
    };
    const said = (...log: string[]) => ({ log, manager: [] });

    it('has what came after the start alone, at most 80 lines of it', () => {
      writeFileSync(file(), 'of the release before\n');
      begin();
      appendFileSync(file(), Array.from({ length: 100 }, (_, at) => `line ${at}\n`).join(''));
      const { log } = read();
      expect([log.length, log[0], log.at(-1)]).to.deep.equal([80, 'line 20', 'line 99']);
      begin();
      appendFileSync(file(), 'Error: cannot find module x\n    at y\n\nno end');
      expect(read()).to.deep.equal(said('started', 'Error: cannot find module x', '    at y', 'no end'));
      expect(statSync(join(path, '.canopy/started')).mode & 0o777).to.equal(0o600);
    });

    it('has all of a log that is another one by now, or of whose start nothing was noted', () => {
      writeFileSync(file(), 'a line that is long enough\n'.repeat(9));
      begin();
      writeFileSync(file(), 'rotated\n');
      expect(read()).to.deep.equal(said('rotated'));
      for (const note of ['', 'x', '1 2 3\n', '9'.repeat(99), '1700000000 f00\n', '$(id) `id`\n']) {
        writeFileSync(join(path, '.canopy/started'), note);
        expect(read(), note).to.deep.equal(said('rotated'));
      }
    });

    it('finds a relative one below the release', () => {
      writeFileSync(join(path, 'releases/r1/own.log'), 'before\n');
      begin('own.log');
      appendFileSync(join(path, 'releases/r1/own.log'), 'after\n');
      expect(read('own.log')).to.deep.equal(said('after'));
    });

    it('starts the service though the note cannot be written', () => {
      mkdirSync(join(path, '.canopy/started'));
      begin();
      expect(readFileSync(file(), 'utf8')).to.equal('started\n');
      expect(read()).to.deep.equal(said('started'));
    });

    it('says why there is nothing to tell', () => {
      writeFileSync(file(), 'old\n');
      begin();
      writeFileSync(file(), readFileSync(file(), 'utf8').replace('started\n', ''));
      expect(read()).to.deep.equal(said('(it has logged nothing since it was started)'));
      expect(read('/no/such/log')).to.deep.equal(said('(no log: there is no file /no/such/log)'));
      expect(read(path)).to.deep.equal(said(`(no log: ${path} is no file)`));
      spawnSync('mkfifo', [join(path, 'pipe')]);
      expect(read(join(path, 'pipe'))).to.deep.equal(said(`(no log: ${join(path, 'pipe')} is no file)`));
    });

    it('writes out what would steer a terminal, and passes over bytes of nothing', () => {
      begin();
      writeFileSync(file(), '\0'.repeat(100_000));
      appendFileSync(file(), 'a\x1b[31mred\x1b]0;title\x07\tb\rc\u202ed\x01\r\n');
      appendFileSync(file(), Buffer.from([0xff, 0xc3, 0x0a]));
      expect(read().log).to.deep.equal([
        'a\\x1b[31mred\\x1b]0;title\\x07    b\\x0dc\\u{202e}d',
        '\ufffd\ufffd',
      ]);
    });

    it('cuts a line of 120 MB on the server, keeps what stands around it, and needs little memory', async () => {
      begin();
      appendFileSync(file(), 'Error: the reason\n');
      const piece = Buffer.alloc(1024 * 1024, 'xyz\u00e9');
      for (let at = 0; at < 120; at += 1) appendFileSync(file(), piece);
      appendFileSync(file(), '\nlast words\n');
      const script = `ulimit -v 200000; ${toShell(logTail(service(file()), path, 80)!)}`;
      const child = spawn('/bin/sh', ['-c', 'exec sh -c "$1"', 'x', script], { env: { PATH } });
      let stdout = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
      const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
      expect([code, stdout.length < 10_000]).to.deep.equal([0, true]);
      const { log } = logIn({ code: 0, stdout, stderr: '' });
      expect([log.length, log[1], log[2]!.length, log[2]!.slice(-2), log[3]]).to.deep.equal([
        4,
        'Error: the reason',
        500,
        log[2]!.at(-2) + '…',
        'last words',
      ]);
    });
  });
}
