import { expect } from 'chai';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { ResponseBatch, responseBatchFor } from '../../../src/router/proxy/response-batch.ts';
import { waitFor } from '../../support/wait-for.ts';

describe('small answers that leave together', function () {
  this.timeout(120_000);
  let server: Server;
  let take: (req: IncomingMessage, res: ServerResponse) => void;

  beforeEach(async () => {
    server = createServer((req, res) => take(req, res)).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });
  const port = (): number => (server.address() as AddressInfo).port;
  /** What comes back for these requests, sent at once. */
  const ask = async (...paths: readonly string[]): Promise<string> => {
    const socket = connect(port(), '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    const last = paths.length - 1;
    socket.write(
      paths
        .map(
          (path, at) => `GET ${path} HTTP/1.1\r\nhost: a\r\n${at < last ? '' : 'connection: close\r\n'}\r\n`,
        )
        .join(''),
    );
    await once(socket, 'close');
    return text;
  };
  const begin = (res: ServerResponse, length: number): ResponseBatch => {
    const headers = ['Content-Length', String(length), 'x-kind', 'small'];
    res.writeHead(200, headers);
    return responseBatchFor(res, length) as ResponseBatch;
  };

  it('all of them arrive whole and in order, however many are waiting', async () => {
    take = (req, res) => {
      const body = Buffer.from(`<${req.url}>`, 'latin1');
      const parcel = begin(res, body.length);
      expect(parcel.takes(body)).to.equal(true);
      expect(parcel.post()).to.equal(true);
    };
    const paths = Array.from({ length: 27 }, (_, at) => `/${at}`);
    const answers = await Promise.all([ask(...paths), ask(...paths), ask('/alone')]);
    const bodies = answers.map((text) => text.match(/<[^>]+>/g));
    const all = paths.map((path) => `<${path}>`);
    expect(bodies).to.deep.equal([all, all, ['</alone>']]);
  });

  it('a client that is gone by then harms nobody', async () => {
    const left: string[] = [];
    take = (req, res) => {
      const parcel = begin(res, 2);
      parcel.takes(Buffer.from('ok'));
      parcel.post();
      if (req.url !== '/leaves') return;
      res.once('close', () => left.push(req.url ?? ''));
      req.socket.destroy();
      res.destroy();
    };
    await ask('/leaves');
    await waitFor('the client to be gone', () => left.length === 1);
    expect(await ask('/stays')).to.match(/\r\n\r\nok$/);
  });

  it('a part of a body is passed on, and what was kept goes before what follows it', async () => {
    take = (_req, res) => {
      const parcel = begin(res, 4);
      expect(parcel.takes(Buffer.from('ab'))).to.equal(false);
      expect(parcel.post(), 'nothing was kept').to.equal(false);
      res.write('ab');
      expect(parcel.takes(Buffer.from('cdef'))).to.equal(true);
      expect(parcel.takes(Buffer.from('g'))).to.equal(false);
      expect(parcel.post()).to.equal(false);
      res.end('g');
    };
    expect(await ask('/')).to.match(/\r\n\r\nabcdefg$/);
  });

  it('is nothing for answers that are long or empty', () => {
    const none = (length: number): unknown => responseBatchFor({} as ServerResponse, length);
    expect([none(16385), none(0)]).to.deep.equal([null, null]);
    expect(none(16384)).to.be.instanceOf(ResponseBatch);
  });
});
