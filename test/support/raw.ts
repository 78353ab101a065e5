import { connect } from 'node:net';

/** Sends bytes as they are and returns everything that comes back until the other side closes (or `quietMs` of silence). */
export function raw(port: number, text: string, quietMs = 1500): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text, 'latin1'));
    let back = '';
    socket.setTimeout(quietMs, () => socket.destroy());
    socket.on('data', (chunk) => (back += chunk.toString('latin1')));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') resolve(back);
      else reject(error);
    });
    socket.once('close', () => resolve(back));
  });
}
