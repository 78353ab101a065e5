/** Ends a server without cutting anybody off. */
import type { Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';

interface Closing {
  /** What is left after so many milliseconds is cut by `cut`. */
  readonly graceMs: number;
  /**
   * For so long, counted from the start, idle connections are kept: whoever sends on one is answered with
   * `Connection: close`, and goes to whoever took over. A connection that is closed at the very moment at which its client
   * sends costs that request. It may become less while we wait.
   */
  readonly lingerMs: () => number;
  readonly cut: () => void;
  /** Ends idle connections that the HTTP server does not know. */
  readonly closeIdle?: () => void;
}

const LOOK_MS = 50;

/** Knows the connections of a server from here on, also those that it did not accept itself. */
export function serverCloser(server: Server): (closing: Closing) => Promise<void> {
  const open = new Set<Socket>();
  let emptied = (): void => undefined;
  server.on('connection', (socket) => {
    if (open.has(socket)) return;
    open.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      if (open.size === 0) emptied();
    });
  });

  /** No new connection from here on; resolves when the last one has ended. */
  return async ({ graceMs, lingerMs, cut, closeIdle }) => {
    const since = performance.now();
    // The HTTP server's own close would end idle connections at once.
    const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
    const look = (): void => {
      if (performance.now() - since < lingerMs()) return;
      server.closeIdleConnections();
      closeIdle?.();
    };
    look();
    const idle = setInterval(look, LOOK_MS);
    const end = setTimeout(cut, graceMs);
    await closed;
    if (open.size > 0) await new Promise<void>((resolve) => (emptied = resolve));
    clearInterval(idle);
    clearTimeout(end);
    // What the HTTP server keeps besides: nothing is open any more.
    server.close();
  };
}

/** From here on each answer of the server is the last one on its connection. */
export const lastAnswers = (server: Server): void =>
  void server.prependListener('request', (_req, res: ServerResponse) => (res.shouldKeepAlive = false));
