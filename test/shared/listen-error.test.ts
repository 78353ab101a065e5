import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { expect } from 'chai';
import { listenFailure } from '../../src/shared/system/listen-error.ts';
import { userOf } from '../../src/shared/system/user-of.ts';

const errorOf = (server: Server): Promise<NodeJS.ErrnoException> =>
  new Promise((resolve) => server.once('error', resolve));

describe('why an address cannot be listened on', () => {
  const told = ['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL', 'EAFNOSUPPORT', 'ENOTFOUND', 'EMFILE', 'ENFILE'];

  it('has its own words and its own advice', () => {
    const failures = told.map((code) => listenFailure(code, code));
    expect(new Set(failures.map(({ reason }) => reason)).size).to.equal(told.length);
    for (const { reason } of failures) expect(reason).not.to.match(/E[A-Z]+/);
    expect(listenFailure('EACCES', '').advice).to.contain('below 1024').and.not.to.contain('another router');
    expect(listenFailure('EPERM', '')).to.deep.equal(listenFailure('EACCES', ''));
    expect(listenFailure('EADDRINUSE', '').advice).to.contain('another router');
    expect(listenFailure('EWHAT', 'what now').reason).to.equal('what now');
  });

  it('is what the system says of an address that is taken', async () => {
    const [first, second] = [createServer(), createServer()];
    try {
      await once(first.listen(0, '127.0.0.1'), 'listening');
      const { port } = first.address() as { port: number };
      const error = await errorOf(second.listen(port, '127.0.0.1'));
      expect(listenFailure(error.code ?? '', '').reason).to.equal('address already in use');
    } finally {
      first.close();
      second.close();
    }
  });
});

describe('who runs commands for an instance', () => {
  for (const [host, user] of [
    ['deploy@10.0.0.11', 'deploy'],
    ['me@corp@10.0.0.11:22', 'me@corp'],
    ['ssh://deploy@web', 'deploy'],
    ['web', null],
    [null, '"$USER"'],
  ] as const)
    it(`${host ?? 'this machine'}`, () => expect(userOf({ host })).to.equal(user));
});
