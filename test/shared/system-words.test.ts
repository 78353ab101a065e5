import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { fail } from '../../src/errors.ts';
import { connectFailure } from '../../src/shared/system/connect-error.ts';
import { fileReason } from '../../src/shared/system/file-error.ts';
import { startFailure } from '../../src/shared/system/start-error.ts';

const withCode = (code: string): Error => Object.assign(new Error(`${code}: said by the system`), { code });

describe('the words of the system', () => {
  const folder = mkdtempSync(join(tmpdir(), 'canopy-words-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const thrownBy = (work: () => unknown): unknown => {
    try {
      return work();
    } catch (error) {
      return error;
    }
  };

  it('say of files what people say', () => {
    symlinkSync('self', join(folder, 'self'));
    writeFileSync(join(folder, 'file'), '');
    const read = (...path: string[]): string =>
      fileReason(thrownBy(() => readFileSync(join(folder, ...path))));
    expect([
      read('none'),
      read('file', 'below'),
      read('.'),
      read('self'),
      read('x'.repeat(300)),
    ]).to.deep.equal([
      'there is no such file or folder',
      'part of the path is no folder',
      'it is a folder',
      'its links lead in a circle',
      'its name is too long',
    ]);
    expect(existsSync(join(folder, 'none'))).to.equal(false);
  });

  it('say of a socket that is not there something else than of a port where nobody listens', async () => {
    const socket = connect({ path: join(folder, 'none.sock') });
    const [missing] = (await once(socket, 'error').catch((error: unknown) => [error])) as [unknown];
    expect(connectFailure(missing, 'x').reason).to.equal('there is no such socket');
    const port = connect({ host: '127.0.0.1', port: 1 });
    const [refused] = (await once(port, 'error').catch((error: unknown) => [error])) as [unknown];
    expect(connectFailure(refused, 'x')).to.deep.equal({ reason: 'connection refused' });
  });

  it('say of a program why it does not start', async () => {
    writeFileSync(join(folder, 'closed'), '#!/bin/sh\n', { mode: 0o600 });
    const [error] = (await once(spawn(join(folder, 'closed')), 'error').catch((one: unknown) => [one])) as [
      unknown,
    ];
    expect(startFailure(error).reason).to.equal('this user may not run it, or not enter the folder');
    const [none] = (await once(spawn(join(folder, 'none')), 'error').catch((one: unknown) => [one])) as [
      unknown,
    ];
    expect(startFailure(none).reason).to.contain('no such program');
  });

  it('keep what is not known as it was said', () => {
    expect(fileReason(withCode('EWHAT'))).to.equal('EWHAT: said by the system');
    expect(connectFailure(withCode('EWHAT'), 'as it was')).to.deep.equal({ reason: 'as it was' });
    expect(startFailure(withCode('EWHAT'))).to.deep.equal({ reason: 'EWHAT: said by the system' });
    expect(fileReason('a text')).to.equal('a text');
  });

  it('have a hint of their own in the errors that people see', () => {
    const hint = (code: string): string =>
      fail('ssh-unreachable', { host: 'web-1', port: 22, ...connectFailure(withCode(code), code) })
        .problems[0]?.hint ?? '';
    const hints = ['ECONNRESET', 'EHOSTUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'EPERM'].map(hint);
    expect(new Set(hints).size).to.equal(5);
    for (const one of hints) expect(one).to.contain('ssh -v -p 22 web-1');
    const store = fail('store-unreachable', {
      url: 'redis://x',
      ...connectFailure(withCode('ENOTFOUND'), ''),
    });
    expect(store.problems[0]?.hint).to.contain('getent hosts').and.not.contain('is Redis running');
  });
});
