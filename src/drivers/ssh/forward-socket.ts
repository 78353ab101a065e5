/** A socket of the server, reached over a channel that the server opens for us (direct-streamlocal or direct-tcpip). */
import type { Client } from 'ssh2';
import { fail, type CanopyError } from '../../errors.ts';
import type { ExchangeOptions, Exchanged } from '../../ports/ports.ts';
import { showDuration } from '../../shared/text/units.ts';
import { converse, tcpOf } from '../socket.ts';
import { openChannel, openSocket } from './forward.ts';

/**
 * Throws `socket-refused`, `socket-late`, `ssh-lost`. `otherwise` is asked when the server opens no channel: sshd does not tell a
 * socket that it forbids from one where nobody listens.
 */
export async function exchangeThrough(
  client: Client,
  host: string,
  socket: string,
  text: string,
  { timeoutMs }: ExchangeOptions,
  otherwise: (refusal: CanopyError) => Promise<Exchanged>,
): Promise<Exchanged> {
  const end = Date.now() + timeoutMs;
  const tcp = tcpOf(socket);
  const opened =
    tcp === null
      ? await openSocket(client, socket, timeoutMs)
      : await openChannel(client, tcp.host, tcp.port, timeoutMs);
  if (opened.kind === 'open')
    return converse(opened.channel, { host, socket }, text, Math.max(1, end - Date.now()));
  if (opened.kind === 'late') throw fail('socket-late', { host, socket, limit: showDuration(timeoutMs) });
  // A server that is no OpenSSH is not even asked for a socket.
  if (opened.kind === 'lost' && !opened.reason.startsWith('strictVendor'))
    throw fail('ssh-lost', { host, title: `connect to ${socket}` });
  const refusal = fail('socket-refused', { host, socket, reason: opened.reason });
  if (tcp !== null && opened.kind === 'refused' && !opened.forbidden) throw refusal;
  return otherwise(refusal);
}
