/** Hooks on a real sshd and on this machine. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Hook, Instance } from '../../../src/config/types.ts';
import { hook } from '../../../src/deploy/hooks/hook.ts';
import { bearers } from '../../support/bearers.ts';
import { thrown } from '../../support/thrown.ts';
import { waitFor } from '../../support/wait-for.ts';
import { hookGround, read, reason, release, variables } from './hook-ground.ts';

/** Two that do not end when they are asked to, one of them outside the group; and a child in the group. */
const stubborn = `echo begun; trap '' TERM; setsid sh -c 'while :; do sleep 0.1; done' & sleep 60 & while :; do sleep 0.1; done`;

describe('hooks on a real sshd and on this machine', () => {
  const { log, run, deployRun, here, journal, markOf, all, path, folder } = hookGround();

  describe('on the instance', () => {
    it('see the release, its environment and what it is about', async () => {
      await run('prepare', `${variables}; printf %s "$PORT $QUOTED" > own; pwd > where`);
      expect([read(here('seen')), read(here('reason'))]).to.deep.equal([all('prepare'), 'none']);
      expect(read(here('own'))).to.equal(`8080 a'"$b`);
      expect(read(here('where')).trim()).to.equal(here('').replace(/\/$/, ''));
      expect(journal()).to.deep.equal(['prepare begin', 'prepare done']);
    });

    it('of a failure get the reason, character for character', async () => {
      await run('failure', variables);
      expect(read(here('reason'))).to.equal(reason);
      expect(readdirSync(here(''))).not.to.include('pwned');
    });

    it('of a failure run in the path when the release never arrived', async () => {
      spawnSync('rm', ['-r', here('')]);
      await run('failure', `${variables}; pwd > where`);
      expect(read(join(path(), 'where')).trim()).to.equal(path());
      expect([read(join(path(), 'seen')), read(join(path(), 'reason'))]).to.deep.equal([
        all('failure'),
        reason,
      ]);
    });

    it('tell by which words and which code they ended', async () => {
      const error = await thrown(run('after', 'seq 5; echo "no such table" >&2; exit 3'));
      expect([error.code, error.message]).to.deep.equal([
        'hook-failed',
        'web-1: the after hook ended with exit code 3: no such table',
      ]);
      expect(log.lines.filter((line) => line.startsWith('debug web-1'))).to.have.members([
        ...[1, 2, 3, 4, 5].map((line) => `debug web-1 ${line}`),
        'debug web-1 no such table',
      ]);
      expect(journal()).to.deep.equal(['after begin']);
    });

    it('tell their error, whatever they print after it', async () => {
      const npm = [
        'echo "Error: relation users does not exist" >&2',
        'seq 40',
        'echo "npm error code 1"',
        'echo "npm error A complete log of this run can be found in: /x.log"',
        'exit 1',
      ];
      expect((await thrown(run('after', npm.join('\n')))).message).to.equal(
        'web-1: the after hook ended with exit code 1: Error: relation users does not exist',
      );
    });

    it('end at the first line that fails', async () => {
      const error = await thrown(run('after', 'false\ntouch later'));
      expect(error.message).to.equal('web-1: the after hook ended with exit code 1: it printed nothing');
      expect(existsSync(here('later'))).to.equal(false);
    });

    it('are ended as a whole at their time limit, and the lock of the server is free', async function () {
      this.timeout(30_000);
      const error = await thrown(run('prepare', stubborn, { timeoutMs: 500 }));
      expect([error.code, error.message]).to.deep.equal([
        'hook-late',
        'web-1: the prepare hook was not done within 500 ms and was ended; it said last: begun',
      ]);
      expect(bearers(markOf('prepare'))).to.deep.equal([]);
      expect(spawnSync('flock', ['-n', join(path(), '.canopy/lock'), 'true']).status).to.equal(0);
      expect(journal()).to.deep.equal(['prepare begin']);
    });

    it('are refused with a stale token, which is no failure of the hook', async () => {
      await run('prepare', 'true', { token: 9 });
      const error = await thrown(run('prepare', 'touch ran', { token: 8 }));
      expect([error.code, existsSync(here('ran'))]).to.deep.equal(['lock-stale', false]);
    });
  });

  describe('on this machine', () => {
    const agent = { on: 'agent' } as const;

    it('see the same in the folder of canopy.yml, and no secret', async () => {
      await run('after', `${variables}; env > everything; pwd > where`, agent);
      expect([read(join(folder(), 'seen')), read(join(folder(), 'reason'))]).to.deep.equal([
        all('after'),
        'none',
      ]);
      expect(read(join(folder(), 'everything'))).not.to.contain('secret');
      expect(read(join(folder(), 'where')).trim()).to.equal(folder());
      expect(journal()).to.deep.equal(['after begin', 'after done']);
    });

    it('of a failure get the reason, also when the instance cannot be reached', async () => {
      const deploy = { ...(await deployRun()), fleet: { hosts: new Map(), facts: {} } };
      const given: Hook = { run: [variables], on: 'agent', timeoutMs: 60_000 };
      await hook(
        deploy,
        { name: 'web-1', path: path() } as Instance,
        { kind: 'failure', instance: 'web-1', release },
        given,
      );
      expect([read(join(folder(), 'seen')), read(join(folder(), 'reason'))]).to.deep.equal([
        all('failure'),
        reason,
      ]);
      expect(readdirSync(folder())).not.to.include('pwned');
      expect(journal()).to.deep.equal([]);
    });

    it('tell by which words and which code they ended', async () => {
      const error = await thrown(run('after', 'echo "no route" >&2; exit 4', agent));
      expect([error.code, error.message]).to.deep.equal([
        'hook-failed',
        'this machine, for web-1: the after hook ended with exit code 4: no route',
      ]);
      expect(log.lines).to.include('debug web-1 no route');
      expect(journal()).to.deep.equal(['after begin']);
    });

    it('are ended at their time limit', async function () {
      this.timeout(30_000);
      const error = await thrown(
        run('after', 'echo begun; sleep 60 & sleep 61', { ...agent, timeoutMs: 500 }),
      );
      expect([error.code, error.message]).to.deep.equal([
        'hook-late',
        'this machine, for web-1: the after hook was not done within 500 ms and was ended; it said last: begun',
      ]);
    });

    it('are not begun by a run that has lost the lock', async () => {
      await run('after', 'true', { ...agent, token: 9 });
      const error = await thrown(run('after', 'touch ran', { ...agent, token: 8 }));
      expect([error.code, existsSync(join(folder(), 'ran'))]).to.deep.equal(['lock-stale', false]);
    });
  });
});

describe('a hook that nobody listens to any more', () => {
  const { run, markOf, path, disconnect } = hookGround();

  it('is ended at its time limit all the same, and the lock of the server is free', async function () {
    this.timeout(40_000);
    const running = thrown(run('prepare', stubborn, { timeoutMs: 2000 }));
    await waitFor('the hook', () => bearers(markOf('prepare')).length > 0);
    await disconnect();
    expect((await running).code).to.equal('ssh-lost');
    await waitFor('the end of the hook', () => bearers(markOf('prepare')).length === 0, 30_000);
    const isFree = (): boolean =>
      spawnSync('flock', ['-n', join(path(), '.canopy/lock'), 'true']).status === 0;
    await waitFor('the lock', isFree);
  });
});
