/** An instance of the soak: what it gets it sends back, so that every byte can be checked where it began. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { reset } from '../../../src/router/http/own-answer.ts';
import { freePort } from '../../support/free-port.ts';
import { material } from '../../support/http/upstream.ts';

export interface SoakInstance {
  readonly name: string;
  readonly url: string;
  /** Closes with every connection, like a process that was killed. */
  kill(): Promise<void>;
  /** Listens again on the same port. */
  revive(): Promise<void>;
}

/** /small, /bytes?n=, /echo (also as an upgrade), /events (an event every 20 ms, numbered). */
export async function startInstance(name: string): Promise<SoakInstance> {
  const sockets = new Set<Socket>();
  let server: Server;
  // Nobody else may get it between `kill` and `revive`.
  const port = await freePort();
  const revive = async (): Promise<void> => {
    server = createServer(serve);
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    server.on('upgrade', (_req, socket) => {
      socket.on('error', () => socket.destroy());
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n');
      socket.pipe(socket);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
  };
  await revive();
  return {
    name,
    url: `http://127.0.0.1:${port}`,
    revive,
    async kill() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) reset(socket);
      await closed;
    },
  };
}

function serve(req: IncomingMessage, res: ServerResponse): void {
  const url = new URL(req.url ?? '/', 'http://x');
  switch (url.pathname) {
    case '/echo':
      req.pipe(res);
      return;
    case '/bytes':
      res.end(material.subarray(0, Number(url.searchParams.get('n'))));
      return;
    case '/events': {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      let next = 0;
      const timer = setInterval(() => res.write(`id: ${next++}\ndata: x\n\n`), 20);
      res.once('close', () => clearInterval(timer));
      return;
    }
    default:
      res.end(`${req.method} ${req.url}\n`);
  }
}
