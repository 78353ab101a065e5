/** Answers of the router itself. */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { responseTrailers } from './headers.ts';
import type { Inbound, Outbound } from './inbound.ts';

/** Seconds after which a client may try again when nobody is healthy. */
const RETRY_AFTER = 1;

export interface Refusal {
  readonly status: number;
  readonly reason: string;
  /** In place of a line of text. */
  readonly html?: string;
  /** Seconds after which it is worth another try, with 503. */
  readonly retryAfter?: number;
  /** Whether the connection is not to be used again. */
  readonly close?: boolean;
}

/** The connection is kept only where the request has been read. */
function refuseWith(res: Outbound, { status, reason, html, close, retryAfter = RETRY_AFTER }: Refusal): void {
  const body = html ?? `${status} ${reason}\n`;
  const type = html === undefined ? 'text/plain' : 'text/html';
  const headers = ['content-type', `${type}; charset=utf-8`];
  headers.push('content-length', String(Buffer.byteLength(body)), 'cache-control', 'no-store');
  if (status === 503) headers.push('retry-after', String(retryAfter));
  if (!isRead(res.req) || close === true) res.shouldKeepAlive = false;
  res.writeHead(status, STATUS_CODES[status] ?? '', headers);
  res.end(res.req.method === 'HEAD' ? undefined : body);
}

/** Node tells of a request before it has looked behind the head: one without a body is complete all the same. */
const isRead = ({ complete, headers }: Inbound): boolean =>
  complete || (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined);

/** Tells the client why it gets no answer; when it has got a part of one, that is cut. */
export function tell(res: Outbound, refusal: Refusal): void {
  if (res.headersSent) cut(res);
  else refuseWith(res, refusal);
}

/** Ends a response that is whole, with its trailers when the client takes any. `body`: what is left of it. */
export function finish(res: Outbound, trailers: readonly string[] | null, body?: Buffer): void {
  // What throws here would leave the client waiting for an end.
  try {
    if (trailers !== null && trailers.length > 0) res.addTrailers(responseTrailers(trailers));
    res.end(body);
  } catch {
    cut(res);
  }
}

/**
 * Ends a response that cannot be completed so that the client sees it: never the clean end of a body. Where only the
 * close of the connection would end the body (HTTP/1.0) it is reset.
 */
export function cut(res: Outbound): void {
  if (res.req.httpVersionMinor === 0) reset(res.req.socket);
  res.destroy();
}

/**
 * Ends a connection by a reset, so that the other side sees that something is missing. One whose last byte is gone and whose
 * end is just being sent is only closed: Node refuses to reset it, keeps its descriptor for ever, and then cannot exit.
 */
export function reset(socket: Socket): void {
  const isEnding = socket.writableEnded && !socket.writableFinished && socket.writableLength === 0;
  if (isEnding) socket.destroy();
  else socket.resetAndDestroy();
}
