import { connect } from 'node:net';

/** So long it waits for the first byte: a busy machine takes its time. */
const patienceMs = 15_000;

/**
 * Sends bytes as they are and returns everything that comes back until the other side closes, or until `quietMs` of silence
 * have followed what came last.
 */
export function raw(port: number, text: string, quietMs = 1500): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text, 'latin1'));
    let back = '';
    socket.setTimeout(patienceMs, () => socket.destroy());
    socket.on('data', (chunk) => {
      back += chunk.toString('latin1');
      socket.setTimeout(quietMs);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') resolve(back);
      else reject(error);
    });
    socket.once('close', () => resolve(back));
  });
}
