import { connect, type Socket } from 'node:net';
import { waitFor } from '../wait-for.ts';

/** One connection of a client that does as it likes. */
export interface Client {
  readonly socket: Socket;
  /** Everything that came so far. */
  text(): string;
  send(text: string | Buffer): void;
  /** Waits until the text has come. */
  until(text: string): Promise<string>;
  /** Waits until the other side has ended or reset the connection; then everything that came. */
  ended(): Promise<string>;
}

export async function openClient(port: number): Promise<Client> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  let over = false;
  socket.on('data', (chunk) => (text += chunk.toString('latin1')));
  socket.on('error', () => (over = true));
  socket.once('close', () => (over = true)).once('end', () => (over = true));
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  return {
    socket,
    text: () => text,
    send: (more) => socket.write(typeof more === 'string' ? Buffer.from(more, 'latin1') : more),
    async until(wanted) {
      await waitFor(JSON.stringify(wanted), () => text.includes(wanted));
      return text;
    },
    async ended() {
      await waitFor('the end of the connection', () => over);
      socket.destroy();
      return text;
    },
  };
}
