/** Connections that the server makes for us (direct-tcpip). */
import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import { fail, type CanopyError } from '../../errors.ts';

type OpenedChannel =
  | { readonly kind: 'open'; readonly channel: Duplex }
  /** The server did not answer in time. */
  | { readonly kind: 'late' }
  /** `forbidden`: by the server's configuration; else nobody listens at the target. */
  | { readonly kind: 'refused'; readonly forbidden: boolean; readonly reason: string }
  /** The SSH connection is gone. */
  | { readonly kind: 'lost'; readonly reason: string };

/** Asks the server to connect to host and port. */
export const openChannel = (
  client: Client,
  host: string,
  port: number,
  timeoutMs: number,
): Promise<OpenedChannel> =>
  opening((heard) => client.forwardOut('127.0.0.1', 0, host, port, heard), timeoutMs);

/** Asks the server to connect to a Unix socket of its own; OpenSSH alone can do that. */
export const openSocket = (client: Client, path: string, timeoutMs: number): Promise<OpenedChannel> =>
  opening((heard) => client.openssh_forwardOutStreamLocal(path, heard), timeoutMs);

function opening(
  begin: (heard: (error: Error | undefined, channel: Duplex) => void) => void,
  timeoutMs: number,
): Promise<OpenedChannel> {
  return new Promise((resolve) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      resolve({ kind: 'late' });
    }, timeoutMs);
    try {
      begin((error, channel) => {
        clearTimeout(timer);
        if (error) return resolve(refused(error));
        // Nobody waits for it any more.
        if (late) return void channel.destroy();
        channel.on('error', () => channel.destroy());
        resolve({ kind: 'open', channel });
      });
    } catch (error) {
      clearTimeout(timer);
      resolve({ kind: 'lost', reason: (error as Error).message });
    }
  });
}

/** The error that polling cannot mend; null when the target may still come up. */
export function refusalOf(
  opened: OpenedChannel,
  host: string,
  target: string,
  port: number,
): CanopyError | null {
  if (opened.kind === 'lost') return fail('ssh-lost', { host, title: `connect to ${target}:${port}` });
  if (opened.kind === 'refused' && opened.forbidden)
    return fail('ssh-forward', { host, target: `${target}:${port}`, reason: opened.reason });
  return null;
}

/** Whether the server can connect there. */
export async function connectsThrough(
  client: Client,
  host: string,
  target: { readonly host: string; readonly port: number },
  timeoutMs: number,
): Promise<boolean> {
  const opened = await openChannel(client, target.host, target.port, timeoutMs);
  const refusal = refusalOf(opened, host, target.host, target.port);
  if (refusal) throw refusal;
  if (opened.kind === 'open') opened.channel.destroy();
  return opened.kind === 'open';
}

/** SSH_OPEN_ADMINISTRATIVELY_PROHIBITED, and the reason for "unknown channel type": both are the server's rule. */
const forbidding = [1, 3];

function refused(error: Error): OpenedChannel {
  const { reason } = error as { reason?: unknown };
  const text = error.message.replace(/^\(SSH\) Channel open failure: /, '');
  if (typeof reason !== 'number') return { kind: 'lost', reason: text };
  return { kind: 'refused', forbidden: forbidding.includes(reason), reason: text };
}
