/** One question and its answer over a socket that the other side closes when it has said everything. */
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { fail } from '../errors.ts';
import type { ExchangeOptions, Exchanged } from '../ports/ports.ts';
import { showDuration } from '../shared/text/units.ts';
import { connectFailure } from '../shared/system/connect-error.ts';

/** An answer beyond this is somebody else's. */
const longest = 16 * 1024 * 1024;

/** Host and port of `host:port`; null for a path. */
export function tcpOf(socket: string): { readonly host: string; readonly port: number } | null {
  if (socket.startsWith('/')) return null;
  const at = socket.lastIndexOf(':');
  return { host: socket.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(socket.slice(at + 1)) };
}

/** Over a socket of this very machine. */
export function exchangeHere(
  host: string,
  socket: string,
  text: string,
  options: ExchangeOptions,
): Promise<Exchanged> {
  return converse(connect(tcpOf(socket) ?? { path: socket }), { host, socket }, text, options.timeoutMs);
}

/** Writes, then reads to the end. Throws `socket-refused` and `socket-late`; the stream is gone afterwards. */
export function converse(
  stream: Duplex,
  at: { readonly host: string; readonly socket: string },
  text: string,
  timeoutMs: number,
): Promise<Exchanged> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(
      () => settle(() => reject(fail('socket-late', { ...at, limit: showDuration(timeoutMs) }))),
      timeoutMs,
    );
    const settle = (how: () => void): void => {
      clearTimeout(timer);
      stream.destroy();
      how();
    };
    const refuse = (reason: string, cause?: Error): void =>
      settle(() => reject(fail('socket-refused', { ...at, ...connectFailure(cause, reason) }, { cause })));
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > longest) return refuse(`it answers more than ${longest} bytes`);
      chunks.push(chunk);
    });
    stream.once('error', (error: NodeJS.ErrnoException) => refuse(error.message, error));
    stream.once('end', () => settle(() => resolve({ text: Buffer.concat(chunks).toString() })));
    stream.once('close', () => refuse('closed without an end'));
    // Not ended: HAProxy takes the end of its input as a wish to leave, and may not answer any more.
    stream.write(text);
  });
}
