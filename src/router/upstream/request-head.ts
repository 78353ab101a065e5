/** A request as it goes to an instance, byte by byte as latin1. Pure. */

interface OutgoingRequest {
  readonly path: string;
  /** Names and values in turn, without what belongs to one connection. */
  readonly headers: readonly string[];
  /** Its body has no length: it goes in chunks. */
  readonly isChunked: boolean;
  /** It asks for another protocol; null: it does not. */
  readonly upgrade: { readonly protocol: string } | null;
}

/** The text of its head; null: it cannot stand in one. `host`: in place of a Host that the client did not send. */
export function requestHead(method: string, sent: OutgoingRequest, host: string): string | null {
  const { path, headers, isChunked, upgrade } = sent;
  let text = `${method} ${path} HTTP/1.1\r\n`;
  let hasHost = false;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    const value = headers[i + 1] ?? '';
    if (unfit.test(value)) return null;
    if (name.length === 4) hasHost ||= name.toLowerCase() === 'host';
    text += `${name}: ${value}\r\n`;
  }
  if (unfitPath.test(path)) return null;
  if (!hasHost) text += `host: ${host}\r\n`;
  if (isChunked) text += 'transfer-encoding: chunked\r\n';
  if (upgrade !== null) return `${text}connection: Upgrade\r\nupgrade: ${upgrade.protocol}\r\n\r\n`;
  // Some answer HEAD with a body: nothing else is read behind it.
  return `${text}connection: ${method === 'HEAD' ? 'close' : 'keep-alive'}\r\n\r\n`;
}

const unfit = /[^\t\x20-\x7e\x80-\xff]/;
const unfitPath = /[^\x21-\x7e\x80-\xff]/;
