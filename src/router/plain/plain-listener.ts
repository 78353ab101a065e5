/** Where connections come in: what is plain is read by us, and all else by Node's parser. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Timeouts } from '../long-lived/timeouts.ts';
import { PlainConnection, type PlainRules } from './connection.ts';

interface PlainListener {
  /** Ends the connections without a request. */
  closeIdle(): void;
  /** Ends all of them. */
  cut(): void;
}

/** Stands before a server that was just made. A connection of it that is read again goes to Node's parser. */
export function openPlainListener(
  server: Server,
  watch: Timeouts,
  { take, isForNode }: Pick<PlainRules, 'take' | 'isForNode'>,
): PlainListener {
  const { limits } = watch;
  // Node counts the requests of a connection from the first one on.
  if (limits.requests > 0) return { closeIdle: () => undefined, cut: () => undefined };
  const [read] = server.listeners('connection') as [(this: Server, socket: Socket) => void];
  const open = new Set<PlainConnection>();
  const given = new WeakSet<Socket>();
  const kept = keptOf(limits.keepAliveMs);
  const give = (socket: Socket): void => {
    given.add(socket);
    read.call(server, socket);
  };
  const left = (one: PlainConnection): void => {
    open.delete(one);
    watch.leave(one);
  };
  const rules: PlainRules = { limits, take, isForNode, give, left };
  server.off('connection', read).prependListener('connection', (socket: Socket) => {
    if (given.has(socket)) {
      read.call(server, socket);
      return;
    }
    const one = new PlainConnection(socket, rules, kept);
    open.add(one);
    watch.enter(one);
  });
  return {
    closeIdle: () => open.forEach((one) => one.closeIdle()),
    cut: () => open.forEach((one) => one.cut()),
  };
}

/** What Node's own server says of a connection that is kept. */
function keptOf(keepAliveMs: number): string {
  const line = keepAliveMs > 0 ? `Keep-Alive: timeout=${Math.floor(keepAliveMs / 1000)}\r\n` : '';
  return `Connection: keep-alive\r\n${line}`;
}
