/**
 * Headers on their way through. Pure. Raw names and values pass as they came, but for those that belong to one
 * connection only (RFC 9110, 7.6.1), those that Connection lists, and the X-Forwarded ones, which are ours to set.
 */

export interface Peer {
  /** Address of the client's end of the connection. */
  readonly address: string;
  /** Whether it is a proxy of ours, whose X-Forwarded headers are believed. */
  readonly trusted: boolean;
}

const hop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  // Node has answered it already.
  'expect',
]);

/** Headers for the instance, as a flat list of names and values. `host` replaces the Host header (absolute-form targets). */
export function requestHeaders(raw: readonly string[], peer: Peer, host: string | null): string[] {
  const listed = listedBy(raw);
  const out: string[] = [];
  let forwardedFor = '';
  let proto = '';
  let seenHost = host ?? '';
  let forwardedHost = '';
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? '';
    const value = raw[i + 1] ?? '';
    const key = name.toLowerCase();
    if (hop.has(key) || key === 'trailer' || listed?.has(key)) continue;
    if (key === 'host') {
      if (host !== null) continue;
      seenHost = value;
    } else if (isForwarded(key)) {
      if (!peer.trusted) continue;
      if (key === 'x-forwarded-for') forwardedFor = forwardedFor === '' ? value : `${forwardedFor}, ${value}`;
      else if (key === 'x-forwarded-proto') proto = value;
      else if (key === 'x-forwarded-host') forwardedHost = value;
      else out.push(name, value);
      continue;
    }
    out.push(name, value);
  }
  if (host !== null) out.push('host', host);
  out.push('x-forwarded-for', forwardedFor === '' ? peer.address : `${forwardedFor}, ${peer.address}`);
  out.push('x-forwarded-proto', proto === '' ? 'http' : proto);
  if (forwardedHost !== '' || seenHost !== '') out.push('x-forwarded-host', forwardedHost || seenHost);
  return out;
}

/**
 * Headers for the client. `length`: of the body, in place of however the instance tells it; null: it is told by other means.
 * `trailers`: whether a Trailer header may pass (only with a chunked body).
 */
export function responseHeaders(raw: readonly string[], length: number | null, trailers: boolean): string[] {
  const out: string[] = [];
  let connection = '';
  let left = length;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? '';
    const value = raw[i + 1] ?? '';
    const key = name.toLowerCase();
    if (key === 'content-length') {
      if (left !== null) out.push(name, String(left));
      left = null;
      continue;
    }
    if (key === 'connection') connection = connection === '' ? value : `${connection},${value}`;
    if (hop.has(key) || (key === 'trailer' && !trailers)) continue;
    out.push(name, value);
  }
  return strippedOf(out, connection);
}

/** Whether the client has said that it takes trailers (HTTP/1.1, `TE: trailers`). */
export function wantsTrailers(te: string | readonly string[] | undefined, minor: number): boolean {
  return te !== undefined && minor === 1 && String(te).toLowerCase().includes('trailers');
}

/** What a trailer must not carry: framing, routing and what was decided by the head (RFC 9110, 6.5.1). */
export function responseTrailers(raw: readonly string[]): [string, string][] {
  const out: [string, string][] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? '';
    const key = name.toLowerCase();
    if (!hop.has(key) && !unfitForTrailer.has(key)) out.push([name, raw[i + 1] ?? '']);
  }
  return out;
}

const unfitForTrailer = new Set([
  'content-length',
  'host',
  'trailer',
  'set-cookie',
  'authorization',
  'content-encoding',
  'content-type',
  'content-range',
  'cache-control',
]);

/** Underscores count as dashes: many servers see no difference. */
function isForwarded(key: string): boolean {
  if (key.charCodeAt(0) === 0x78 /* x */) {
    return /^x[-_](forwarded([-_]|$)|real[-_]ip$|original[-_](host|proto|for)$)/.test(key);
  }
  return key === 'forwarded';
}

/** Names that the Connection header lists; null when there are none but the usual. */
function listedBy(raw: readonly string[]): Set<string> | null {
  let listed: Set<string> | null = null;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? '';
    if (name.length === 10 && name.toLowerCase() === 'connection') listed = tokens(raw[i + 1] ?? '', listed);
  }
  return listed;
}

function strippedOf(headers: string[], connection: string): string[] {
  const listed = connection === '' ? null : tokens(connection, null);
  if (listed === null) return headers;
  const out: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    if (!listed.has((headers[i] ?? '').toLowerCase())) out.push(headers[i] ?? '', headers[i + 1] ?? '');
  }
  return out;
}

function tokens(value: string, into: Set<string> | null): Set<string> | null {
  const lower = value.toLowerCase();
  if (lower === 'keep-alive' || lower === 'close') return into;
  const out = into ?? new Set<string>();
  for (const token of lower.split(',')) {
    const name = token.trim();
    // Framing and routing cannot be listed away: that would let a client hide them from the instance.
    if (name !== '' && !framing.has(name)) out.add(name);
  }
  return out;
}

const framing = new Set([
  'host',
  'content-length',
  'content-type',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
]);
