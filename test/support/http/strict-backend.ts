import { createServer, type AddressInfo, type Socket } from 'node:net';
import { StrictParser, type StrictMessage } from './strict-http.ts';

export interface StrictBackend {
  readonly name: string;
  readonly url: string;
  /** Every request that came whole, but health checks. */
  readonly messages: StrictMessage[];
  /** What came and is no request. */
  readonly violations: string[];
  /** Requests of which a part has come. */
  middle(): number;
  /** Connections that ended in the middle of a request. */
  broken: number;
  /** Answers a request; null: the text of `said`. */
  answer: ((message: StrictMessage, socket: Socket) => void) | null;
  stop(): Promise<void>;
}

/** What the backend answers by itself: it names the request as it saw it. */
export const said = ({ method, target, body }: StrictMessage): string =>
  `${method} ${target} ${body.toString('latin1')}`;

export const ok = (text: string, more = ''): string =>
  `HTTP/1.1 200 OK\r\ncontent-length: ${Buffer.byteLength(text, 'latin1')}\r\n${more}\r\n${text}`;

/** An instance on a raw socket that logs exactly what it saw. */
export async function startStrict(name: string): Promise<StrictBackend> {
  const parsers = new Map<Socket, StrictParser>();
  const server = createServer((socket) => {
    const parser = new StrictParser();
    parsers.set(socket, parser);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      parsers.delete(socket);
      if (parser.isMiddle) backend.broken += 1;
    });
    socket.on('data', (chunk) => {
      try {
        for (const message of parser.push(chunk)) serve(message, socket);
      } catch (error) {
        backend.violations.push(error instanceof Error ? error.message : String(error));
        socket.destroy();
      }
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const backend: StrictBackend = {
    name,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    messages: [],
    violations: [],
    middle: () => [...parsers.values()].filter((one) => one.isMiddle).length,
    broken: 0,
    answer: null,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of parsers.keys()) socket.destroy();
      await closed;
    },
  };
  return backend;

  function serve(message: StrictMessage, socket: Socket): void {
    if (message.target === '/health') {
      socket.write(ok('well'));
      return;
    }
    backend.messages.push(message);
    if (backend.answer !== null) backend.answer(message, socket);
    else socket.write(ok(said(message)), 'latin1');
  }
}
