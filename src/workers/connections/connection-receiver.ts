/** A worker's side of the dealing: its server gets the connections that its primary accepts. */
import type { Server } from 'node:http';
import { Socket } from 'node:net';
import type { SocketHandle } from './sockets.ts';

/** What it holds is told again when it has changed, so often. */
const TELL_MS = 100;

export class ConnectionReceiver {
  readonly #server: Server;
  readonly #tell: (taken: number, holds: number) => void;
  readonly #timer: NodeJS.Timeout;
  #taken = 0;
  #holds = 0;
  #told = '';
  #soon = false;

  constructor(server: Server, tell: (taken: number, holds: number) => void) {
    this.#server = server;
    this.#tell = tell;
    this.#timer = setInterval(() => this.#say(), TELL_MS).unref();
    // With it the server begins to watch its time limits.
    server.emit('listening');
  }

  take(connection: SocketHandle): void {
    const options = { handle: connection, readable: true, writable: true } as object;
    const socket = new Socket(options);
    socket.setNoDelay(true);
    this.#taken += 1;
    this.#holds += 1;
    socket.once('close', () => (this.#holds -= 1));
    this.#server.emit('connection', socket);
    if (this.#soon) return;
    this.#soon = true;
    setImmediate(() => {
      this.#soon = false;
      this.#say();
    });
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #say(): void {
    const text = `${this.#taken} ${this.#holds}`;
    if (text === this.#told) return;
    this.#told = text;
    this.#tell(this.#taken, this.#holds);
  }
}
