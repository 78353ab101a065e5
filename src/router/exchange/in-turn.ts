/**
 * Requests that a client sends before it has the answer to the one before are passed on one by one, as HAProxy and nginx do:
 * an instance must not get a POST after the GET that was sent behind it (RFC 9112, 9.3.2).
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

type Take = (req: IncomingMessage, res: ServerResponse) => void;

/** The same, each request of a connection when the answer before it has ended. */
export function inTurn(take: Take): Take {
  const latest = new WeakMap<Socket, ServerResponse>();
  return (req, res) => {
    const before = latest.get(req.socket);
    latest.set(req.socket, res);
    if (before === undefined || before.closed) take(req, res);
    else before.once('close', () => req.socket.destroyed || take(req, res));
  };
}
