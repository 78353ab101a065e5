import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { reset } from '../../../src/router/http/own-answer.ts';
import { waitFor } from '../../support/wait-for.ts';

describe('router: a connection that is reset', function () {
  this.timeout(120_000);
  let server: Server;
  let client: Socket;
  let codes: string[];
  beforeEach(async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    codes = [];
  });
  afterEach(() => {
    client.destroy();
    server.close();
  });
  /** Our end of a connection; what goes wrong on either is kept. */
  const opened = async (): Promise<Socket> => {
    const accepted = once(server, 'connection');
    client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const [own] = (await accepted) as [Socket];
    own.on('error', ({ code = '' }: NodeJS.ErrnoException) => codes.push(`own ${code}`));
    client.on('error', ({ code = '' }: NodeJS.ErrnoException) => codes.push(`client ${code}`));
    return own;
  };

  it('the other side sees a reset, not an end', async () => {
    const own = await opened();
    reset(own);
    client.resume();
    await waitFor('the reset', () => codes.length > 0);
    expect(codes).to.deep.equal(['client ECONNRESET']);
  });

  it('also when more was to be sent than the other side reads', async () => {
    const own = await opened();
    own.end(Buffer.alloc(20_000_000));
    reset(own);
    client.resume();
    await waitFor('the reset', () => codes.length > 0);
    expect(codes).to.deep.equal(['client ECONNRESET']);
  });

  it('is closed all the same when its end is just being sent', async () => {
    const own = await opened();
    own.end();
    reset(own);
    await waitFor('it to be closed', () => own.closed);
    expect(codes).to.deep.equal([]);
  });
});
