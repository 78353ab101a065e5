/** Answers of the router itself. */
import type { ServerResponse } from 'node:http';

/** Seconds after which a client may try again when nobody is healthy. */
export const RETRY_AFTER = 1;

/** Answers with a line of text; the connection is kept only where the request has been read. */
export function answer(res: ServerResponse, status: number, text: string): void {
  const body = `${text}\n`;
  const headers: Record<string, string | number> = {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  };
  if (status === 503) headers['retry-after'] = RETRY_AFTER;
  if (!res.req.complete) headers['connection'] = 'close';
  res.writeHead(status, headers);
  res.end(res.req.method === 'HEAD' ? undefined : body);
}

/**
 * Ends a response that cannot be completed so that the client sees it: never the clean end of a body. Where only the
 * close of the connection would end the body (HTTP/1.0) it is reset.
 */
export function cut(res: ServerResponse): void {
  if (res.req.httpVersionMinor === 0) res.req.socket.resetAndDestroy();
  res.destroy();
}
