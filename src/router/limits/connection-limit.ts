/** Counts the connections of clients, so that one too many is told so. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** So many more are accepted, only to be told; beyond them a connection is closed at once. */
const SPARE = 64;

export class ConnectionLimit {
  readonly #limit: number;
  readonly #in = new Set<Socket>();

  /** `limit` 0: any number. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  attach(server: Server): void {
    if (this.#limit === 0) return;
    server.maxConnections = this.#limit + Math.max(SPARE, Math.round(this.#limit / 10));
    server.on('connection', (socket) => {
      // A connection that is read again (an upgrade that was ignored) is in already.
      if (this.#in.size >= this.#limit || this.#in.has(socket)) return;
      this.#in.add(socket);
      socket.once('close', () => this.#in.delete(socket));
    });
  }

  /** Whether this connection is one too many. */
  isOut(socket: Socket): boolean {
    return this.#limit > 0 && !this.#in.has(socket);
  }
}
