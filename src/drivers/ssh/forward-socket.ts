/** A socket of the server, reached over a channel that the server opens for us (direct-streamlocal or direct-tcpip). */
import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import { fail } from '../../errors.ts';
import type { ExchangeOptions, Exchanged } from '../../ports.ts';
import { showDuration } from '../../units.ts';
import { converse, tcpOf } from '../socket.ts';
import { openChannel, openSocket, type Opened } from './forward.ts';

/** Throws `socket-refused`, `socket-late`, `ssh-lost`. sshd does not tell a way that it forbids from one that leads nowhere. */
export async function exchangeThrough(
  client: Client,
  host: string,
  socket: string,
  text: string,
  { timeoutMs }: ExchangeOptions,
): Promise<Exchanged> {
  const end = Date.now() + timeoutMs;
  const tcp = tcpOf(socket);
  const opened =
    tcp === null
      ? await openSocket(client, socket, timeoutMs)
      : await openChannel(client, tcp.host, tcp.port, timeoutMs);
  const channel = channelOf(opened, host, socket, timeoutMs);
  return converse(channel, { host, socket }, text, Math.max(1, end - Date.now()));
}

function channelOf(opened: Opened, host: string, socket: string, timeoutMs: number): Duplex {
  if (opened.kind === 'open') return opened.channel;
  if (opened.kind === 'late') throw fail('socket-late', { host, socket, limit: showDuration(timeoutMs) });
  // A server that is no OpenSSH is not even asked for a socket.
  if (opened.kind === 'lost' && !opened.reason.startsWith('strictVendor'))
    throw fail('ssh-lost', { host, title: `connect to ${socket}` });
  throw fail('socket-refused', { host, socket, reason: opened.reason });
}
