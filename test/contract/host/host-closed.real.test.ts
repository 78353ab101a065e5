/** Servers whose sshd opens no connection for us: what a Host reaches all the same, by each program that such a server may have. */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { openSsh } from '../../../src/drivers/ssh/index.ts';
import type { CanopyError } from '../../../src/errors.ts';
import type { Host, Ssh } from '../../../src/ports/ports.ts';
import { needs } from '../../support/needs.ts';
import { quietLog } from '../../support/quiet-log.ts';
import { sshSettings } from '../../support/ssh/ssh-settings.ts';
import { startSshd, type Sshd } from '../../support/ssh/sshd.ts';
import { tempFolder } from '../../support/temp.ts';
import { toolsFolder } from '../../support/ssh/tools.ts';
import { connectionContract } from './host-connections.ts';
import { socketContract } from './host-sockets.ts';

/** What each process of this machine was started with. */
const commandLines = (): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')];
      } catch {
        // It has ended in between.
        return [];
      }
    });

const asks = ['curl', 'python3', 'bash', 'wget', 'busybox wget'];

describe('host: by SSH to a server that forwards nothing', function () {
  this.timeout(30_000);
  before(needs('sshd', 'ssh-keygen', 'curl', 'python3', 'bash', 'perl', 'wget', 'busybox', 'socat'));
  const folder = tempFolder();
  let app: Server;
  let url = '';
  let running: string[] = [];
  before(async () => {
    app = createServer((request, answer) => {
      const { url: path = '', headers } = request;
      if (path === '/half') {
        answer.writeHead(200, { 'content-length': 100 });
        return void answer.write('abc', () => setTimeout(() => request.socket.destroy(), 20));
      }
      if (path === '/who') running = commandLines();
      if (path === '/early') answer.writeEarlyHints({ link: '</s.css>; rel=preload' });
      if (path === '/cut') {
        answer.writeHead(200);
        return void answer.write('abc', () => setTimeout(() => request.socket.destroy(), 20));
      }
      const status = { '/gone': 503, '/away': 302, '/none': 204 }[path] ?? 200;
      answer.writeHead(status, { 'X-Release': 'r1', ...(status === 302 ? { location: '/elsewhere' } : {}) });
      if (path === '/parts') for (const part of ['{"relea', 'se": "', 'grün', '"}']) answer.write(part);
      answer.end(path === '/parts' || status === 204 ? '' : JSON.stringify({ path, ...headers }));
    });
    await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
  });
  after(() => app?.closeAllConnections());
  after((done) => void (app ? app.close(() => done()) : done()));

  /** Calls `tests` with a Host on a server that has these programs alone. */
  function having(programs: readonly string[], tests: (host: () => Host) => void): void {
    describe(`that has ${programs.join(', ') || 'no program for it'}`, () => {
      let sshd: Sshd;
      let ssh: Ssh;
      let host: Host;
      before(async () => {
        const path = toolsFolder(folder(), ...programs);
        sshd = await startSshd({
          folder: mkdtempSync(join(folder(), 'sshd-')),
          forwarding: false,
          path,
        });
        ssh = openSsh(sshSettings(sshd), { passphrase: null, log: quietLog(), home: folder(), env: {} });
        host = await ssh.host({ name: 'web-1', host: `${sshd.user}@${sshd.host}:${sshd.port}` });
      });
      after(() => ssh?.close());
      after(() => sshd?.stop());
      tests(() => host);
    });
  }
  const options = { effect: 'read', timeoutMs: 3000 } as const;

  for (const program of asks)
    having([program, ...(program === 'busybox wget' ? ['busybox nc'] : [])], (host) => {
      const get = (path: string) => host().get(`${url}${path}`, options);
      const isBusybox = program === 'busybox wget';

      it('asks with the path, the query and a login', async () => {
        const there = url.replace('//', '//us%20er:p%22w%5Cd@');
        const answer = await host().get(`${there}/a%20b?c=d&e=%2F`, options);
        expect([answer.status, answer.headers['x-release']], answer.body).to.deep.equal([200, 'r1']);
        expect(JSON.parse(answer.body)).to.deep.include({
          path: '/a%20b?c=d&e=%2F',
          host: url.slice(7),
          'user-agent': 'canopy',
          authorization: `Basic ${Buffer.from('us er:p"w\\d').toString('base64')}`,
        });
      });

      it('shows a login to nobody: neither the URL nor what is asked stands in a list of processes', async () => {
        running = [];
        const answer = await host().get(`${url.replace('//', '//hush-user:hush-word@')}/who`, options);
        expect(answer.status, answer.body).to.equal(200);
        const login = Buffer.from('hush-user:hush-word').toString('base64');
        const asking = isBusybox ? 'nc' : program;
        expect(running.filter((line) => line.split(/[ /]/).includes(asking))).not.to.deep.equal([]);
        expect(running.filter((line) => line.includes('hush') || line.includes(login))).to.deep.equal([]);
      });

      it('takes every status for an answer, and follows no redirect', async () => {
        const seen = await Promise.all(['/gone', '/away', '/none', '/early'].map(get));
        const statuses = seen.map(({ status }) => status);
        // It takes what comes ahead of an answer for the answer.
        expect(statuses).to.deep.equal([503, 302, 204, isBusybox ? 0 : 200]);
        if (!isBusybox)
          expect(seen.map(({ headers }) => headers['x-release'])).to.deep.equal(Array(4).fill('r1'));
        expect(seen[1]?.headers['location']).to.equal('/elsewhere');
        if (program !== 'wget' && !isBusybox) expect(seen[0]?.body).to.contain('/gone');
      });

      it('puts a body together that comes in parts', async () => {
        expect((await get('/parts')).body).to.equal('{"release": "grün"}');
      });

      it('takes an answer that was cut for none', async () => {
        const seen = await Promise.all(['/half', '/cut'].map(get));
        expect(seen.map(({ status, body }) => [status, body !== ''])).to.deep.equal([
          [0, true],
          [0, true],
        ]);
      });

      if (program !== 'wget')
        describe('connections', () => connectionContract(() => ({ host: host(), told: () => [] })));
    });

  for (const programs of [['python3'], ['perl'], ['bash', 'socat']])
    having(programs, (host) => socketContract(() => ({ host: host(), told: () => [] })));

  having([], (host) => {
    it('says what is missing', async () => {
      const failures = await Promise.all(
        [host().get(url, options), host().connects('127.0.0.1', 1, options)].map((work) =>
          work.then(
            () => null,
            (error: CanopyError) => [error.code, error.problems[0]?.hint],
          ),
        ),
      );
      const hint =
        'install curl, python3, bash or wget there: then a program of the server is asked instead; or AllowTcpForwarding local in its sshd_config; or health.from: agent';
      expect(failures).to.deep.equal([
        ['ssh-forward', hint],
        ['ssh-forward', hint],
      ]);
      const socket = await host()
        .exchange('/nonexistent.sock', 'x\n', { ...options, title: 'ask' })
        .catch((error: CanopyError) => error.code);
      expect(socket).to.equal('socket-refused');
    });
  });
});
