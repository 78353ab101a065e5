/** Answers before the answer (1xx) on their way to the client. */
import type { Outbound } from './inbound.ts';

/** A client that does not read what came before gets none: it may do without (RFC 9110, 15.2). */
const MOST_UNREAD = 64 * 1024;

/** `headers` can stand in a head. A client of HTTP/1.0 knows no such answer. */
export function inform(res: Outbound, status: number, reason: string, headers: readonly string[]): void {
  const { socket } = res;
  if (res.req.httpVersionMinor === 0 || res.headersSent || socket === null || socket.destroyed) return;
  if (socket.writableLength < MOST_UNREAD) socket.write(interimHead(status, reason, headers), 'latin1');
}

/** The text of a head behind which no body comes, byte by byte as latin1. */
export function interimHead(status: number, reason: string, headers: readonly string[]): string {
  let text = `HTTP/1.1 ${status} ${reason}\r\n`;
  for (let i = 0; i < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`;
  return `${text}\r\n`;
}
