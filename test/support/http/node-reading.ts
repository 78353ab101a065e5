/** What Node's own parser of requests finds in bytes: a real server of node:http, its connections in memory. */
import { createServer, type IncomingMessage, type Server, type ServerOptions } from 'node:http';
import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';

export interface Found {
  /** How Node hands it on. */
  readonly kind: 'request' | 'checkContinue' | 'checkExpectation' | 'upgrade' | 'connect';
  readonly request: IncomingMessage;
  /** Whether the connection would serve another request. */
  readonly isKept: boolean;
  /** The part, counted from 0, with which its head was complete. */
  readonly part: number;
}

export interface Reading {
  readonly found: readonly Found[];
  /** Why Node read no further; null: it would. */
  readonly error: string | null;
}

/** A connection from which all is read, and to which anything may be written. */
class Wire extends Duplex {
  readonly found: Found[] = [];
  error: string | null = null;
  part = 0;

  override _read(): void {}

  override _write(_chunk: unknown, _encoding: unknown, done: () => void): void {
    done();
  }
}

export class NodeReader {
  readonly #server: Server;

  constructor(options: ServerOptions) {
    const server = createServer(options);
    this.#server = server;
    // As the router has it (exchange/front.ts): Node would drop headers without a word.
    server.maxHeadersCount = 0;
    for (const kind of ['request', 'checkContinue', 'checkExpectation'] as const)
      server.on(kind, (request, answer) => note(kind, request, answer.shouldKeepAlive));
    for (const kind of ['upgrade', 'connect'] as const)
      server.on(kind, (request) => note(kind, request, false));
    server.on('clientError', (error: NodeJS.ErrnoException, wire) => {
      (wire as Wire).error = error.code ?? error.message;
      wire.destroy();
    });
  }

  /** Reads many connections side by side; each comes in parts, which Node gets one after the other. */
  async read(connections: readonly (readonly Buffer[])[]): Promise<Reading[]> {
    const wires = connections.map(() => new Wire());
    for (const wire of wires) this.#server.emit('connection', wire);
    const most = Math.max(...connections.map((parts) => parts.length));
    for (let part = 0; part < most; part += 1) {
      connections.forEach((parts, at) => {
        const wire = wires[at];
        const bytes = parts[part];
        if (wire === undefined || wire.destroyed || bytes === undefined) return;
        wire.part = part;
        if (bytes.length > 0) wire.push(bytes);
      });
      await turn();
    }
    for (const wire of wires) wire.destroy();
    return wires;
  }
}

function note(kind: Found['kind'], request: IncomingMessage, isKept: boolean): void {
  const wire = request.socket as Duplex as Wire;
  wire.found.push({ kind, request, isKept, part: wire.part });
}
