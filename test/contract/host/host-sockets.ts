/** A question and its answer over a socket of a Host. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { isCanopyError } from '../../../src/errors.ts';
import { freePort, tempFolder } from '../../support/temp.ts';
import type { HostFixture } from './host.ts';

export function socketContract(fixture: () => HostFixture): void {
  const folder = tempFolder();
  let unix: Server;
  let tcp: Server;
  let path = '';
  const open = new Set<Socket>();
  /** Answers each line once and closes, as HAProxy does; `mute` gets no answer. */
  const serve = (socket: Socket): void => {
    open.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => open.delete(socket));
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (!text.endsWith('\n') || text === 'mute\n') return;
      socket.end(text.startsWith('big') ? 'x'.repeat(1_000_000) : `heard ${text}`);
    });
  };
  before(async () => {
    path = join(folder(), 'ask.sock');
    unix = createServer(serve).listen(path);
    tcp = createServer(serve).listen(0, '127.0.0.1');
    await Promise.all([unix, tcp].map((one) => new Promise((done) => one.once('listening', done))));
  });
  after(() => {
    for (const socket of open) socket.destroy();
    unix?.close();
    tcp?.close();
  });
  const ask = (socket: string, text: string, timeoutMs = 5000) =>
    fixture().host.exchange(socket, text, { effect: 'read', timeoutMs, title: 'ask' });
  const codeOf = async (work: Promise<unknown>): Promise<string> => {
    try {
      await work;
    } catch (error) {
      if (isCanopyError(error)) return error.code;
      throw error;
    }
    return 'no error';
  };

  it('reads all that comes back until the other side closes', async () => {
    expect(await ask(path, 'hello\n')).to.deep.equal({ text: 'heard hello\n' });
    expect((await ask(path, 'big\n')).text.length).to.equal(1_000_000);
  });

  it('reaches host:port in the same way', async () => {
    const { port } = tcp.address() as AddressInfo;
    expect(await ask(`127.0.0.1:${port}`, 'hello\n')).to.deep.equal({ text: 'heard hello\n' });
  });

  it('asks several at once', async () => {
    const words = Array.from({ length: 20 }, (_, at) => `line ${at}\n`);
    const heard = await Promise.all(words.map((word) => ask(path, word)));
    expect(heard.map(({ text }) => text)).to.deep.equal(words.map((word) => `heard ${word}`));
  });

  it('is refused where nobody listens', async () => {
    expect(await codeOf(ask(join(folder(), 'none.sock'), 'x\n'))).to.equal('socket-refused');
    expect(await codeOf(ask(`127.0.0.1:${await freePort()}`, 'x\n'))).to.equal('socket-refused');
  });

  it('does not wait for ever', async () => {
    expect(await codeOf(ask(path, 'mute\n', 300))).to.equal('socket-late');
  });
}
