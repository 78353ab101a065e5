/** The admin port: HTTP around admin.ts. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Log } from '../../ports/ports.ts';
import { administer, type AdminPorts, type AdminAnswer } from './routes.ts';
import { messageOf } from '../../shared/text/thrown.ts';

export function openAdmin(ports: AdminPorts, log: Log): Server {
  return createServer({ requestTimeout: 10_000, headersTimeout: 10_000 }, (req, res) => {
    const asked = {
      method: req.method ?? '',
      path: req.url ?? '',
      authorization: req.headers.authorization,
      address: req.socket.remoteAddress ?? 'unknown',
      body: (limit: number) => bodyOf(req, limit),
    };
    administer(ports, asked)
      .catch((error: unknown): AdminAnswer => {
        log.warn(
          `the admin port failed at ${asked.method} ${asked.path.split('?')[0] ?? ''}: ${messageOf(error)}`,
        );
        return {
          status: 500,
          body: {
            error: { code: 'internal', message: 'this did not work', hint: 'the log of the router says why' },
          },
        };
      })
      .then(
        ({ status, headers, body }) => {
          const text = typeof body === 'string' ? body : `${JSON.stringify(body)}\n`;
          const type = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
          // A body that was not read must not be taken for the next request.
          const close = req.complete ? {} : { connection: 'close' };
          res.writeHead(status, { ...type, ...headers, ...close, 'content-length': Buffer.byteLength(text) });
          res.end(req.method === 'HEAD' ? undefined : text);
        },
        (error: unknown) => log.warn(`the admin port could not answer: ${messageOf(error)}`),
      );
  });
}

function bodyOf(req: IncomingMessage, limit: number): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    req.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > limit) {
        req.pause();
        resolve(null);
      } else chunks.push(chunk);
    });
    req.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    req.once('error', reject);
  });
}
