/** What a request asks for, and whether the router passes it at all. Pure. */

export interface RequestLine {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
}

export type RequestTarget =
  /** `host` is set when the target came in absolute form. */
  | { readonly kind: 'pass'; readonly path: string; readonly host: string | null; readonly body: boolean }
  | { readonly kind: 'refuse'; readonly status: number; readonly reason: string };

/** Whether the same request may be sent again when nothing of an answer has been seen (RFC 9110, 9.2.2). */
export const isIdempotent = (method: string): boolean => idempotent.has(method);

const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** Where the request goes. What could be read in two ways is refused: the instance must see what we saw. */
export function targetOf(asked: RequestLine): RequestTarget {
  let hosts = 0;
  let lengths = 0;
  let length = '';
  let coding: string | null = null;
  for (let i = 0; i < asked.rawHeaders.length; i += 2) {
    const key = (asked.rawHeaders[i] ?? '').toLowerCase();
    const value = asked.rawHeaders[i + 1] ?? '';
    if (key === 'host') hosts += 1;
    else if (key === 'content-length') {
      lengths += 1;
      length = value;
    } else if (key === 'transfer-encoding') coding = coding === null ? value : `${coding},${value}`;
  }
  if (hosts > 1) return refuse(400, 'more than one Host header');
  if (lengths > 1) return refuse(400, 'more than one Content-Length header');
  if (coding !== null && lengths > 0) return refuse(400, 'both Content-Length and Transfer-Encoding');
  if (coding !== null && coding.trim().toLowerCase() !== 'chunked')
    return refuse(501, 'a transfer coding other than chunked');
  const body = coding !== null || (lengths === 1 && !/^0+$/.test(length.trim()));
  if (asked.url.startsWith('/')) return { kind: 'pass', path: asked.url, host: null, body };
  const absolute = /^https?:\/\/([^/?#@\s]+)([/?][^#]*)?$/i.exec(asked.url);
  if (absolute === null) return refuse(400, 'a request target that is neither a path nor a URL');
  const path = absolute[2] ?? '/';
  return { kind: 'pass', path: path.startsWith('?') ? `/${path}` : path, host: absolute[1] ?? '', body };
}

const refuse = (status: number, reason: string): RequestTarget => ({ kind: 'refuse', status, reason });
