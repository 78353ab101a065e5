import { randomBytes } from 'node:crypto';
import { constants } from 'node:os';
import type { Client, ClientChannel } from 'ssh2';
import { loginLine, sentAs } from '../../commands/core/transport.ts';
import { fail, isCanopyError, type CanopyError } from '../../errors.ts';
import type { Host, Log, Ran, Task } from '../../ports/ports.ts';
import { openFeed } from '../machine/feed.ts';
import { follow, type Process } from '../machine/follow.ts';
import type { semaphore } from '../machine/semaphore.ts';
import type * as ByCommand from './by-command.ts';
import { connectsThrough } from './forward.ts';
import { exchangeThrough } from './forward-socket.ts';
import { messageOf } from '../../shared/text/thrown.ts';

export interface SshConnection {
  readonly client: Client;
  /** Who has logged in. */
  readonly user: string;
  /** Lets only so many commands run at once as sshd has sessions for on one connection. */
  readonly session: ReturnType<typeof semaphore>;
  /** A command of it runs on though nobody listens: it keeps one of the server's sessions, so the next use opens a new connection. */
  readonly retire: () => void;
}

/**
 * One machine by SSH. `line` gives the connection, and opens a new one when the last was lost. Where the server opens no connection
 * for us, a program of its own is asked to.
 */
export function sshHost(name: string, line: () => Promise<SshConnection>, log: Log): Host {
  const run: Host['run'] = async (task, signal) => {
    const used = await line();
    return used.session(() => runOn(used, name, task, log, signal));
  };
  const elsewhere = otherwise(log, name);
  return {
    run,
    get: async (url, options) => {
      const { getThrough } = await import('./forward-http.ts');
      return elsewhere(
        new URL(url).host,
        async () => getThrough((await line()).client, name, url, options),
        ({ getByCommand }) => getByCommand(run, url, options),
      );
    },
    connects: (host, port, options) =>
      elsewhere(
        `${host}:${port}`,
        async () => connectsThrough((await line()).client, name, { host, port }, options.timeoutMs),
        ({ connectsByCommand }) => connectsByCommand(run, host, port, options),
      ),
    exchange: async (socket, text, options) =>
      exchangeThrough((await line()).client, name, socket, text, options, async (refusal) => {
        const { exchangeByCommand } = await import('./by-command.ts');
        const found = await exchangeByCommand(run, name, socket, text, options);
        if (found === null) throw refusal;
        return found;
      }),
  };
}

/** Does it the usual way, and by a command where the server's rules forbid that; throws `ssh-forward` when it can do neither. */
function otherwise(log: Log, name: string) {
  const refusals = new Map<string, CanopyError>();
  return async <T>(
    target: string,
    usual: () => Promise<T>,
    byCommand: (ways: typeof ByCommand) => Promise<T | null>,
  ): Promise<T> => {
    const known = refusals.get(target);
    if (!known) {
      try {
        return await usual();
      } catch (error) {
        if (!isCanopyError(error) || error.code !== 'ssh-forward') throw error;
        refusals.set(target, error);
        log.debug(`${error.message}: a program there is asked instead`, name);
      }
    }
    const found = await byCommand(await import('./by-command.ts'));
    if (found === null) throw refusals.get(target) as CanopyError;
    return found;
  };
}

async function runOn(
  { client, user, retire }: SshConnection,
  host: string,
  task: Task,
  log: Log,
  signal?: AbortSignal,
): Promise<Ran> {
  if (signal?.aborted) throw fail('remote-stopped', { host, title: task.title });
  const token = randomBytes(16).toString('hex');
  const sent = sentAs(task.command, token, task.input !== undefined);
  const feed = await openFeed(task, sent.before);
  try {
    const onHeld = (): void => log.warn(heldOutput(task.title), host);
    const refused = (code: number, said: string): CanopyError =>
      fail('ssh-shell', { host, user, code, said: said || 'it printed nothing' });
    const options = { host, signal, token, refused, onHeld };
    return await execute(client, host, task.title, loginLine(sent.words), (channel) => {
      const running = follow(asProcess(client, channel, retire), task, options);
      feed.into(channel).catch((error: unknown) => {
        if (!isCanopyError(error)) log.debug(`standard input: ${messageOf(error)}`, host);
        running.stop(
          isCanopyError(error) ? error : fail('ssh-lost', { host, title: task.title }, { cause: error }),
        );
      });
      return running.done;
    });
  } finally {
    await feed.close();
  }
}

/** What a person reads when a daemon was started with our output as its own. */
const heldOutput = (title: string): string =>
  `${title}: a process that it started still writes to its output, which is closed now; start it with >file 2>&1 </dev/null`;

/** `begun` is called in the very moment the channel is there: the exit code may come in the same packet. */
function execute(
  client: Client,
  host: string,
  title: string,
  text: string,
  begun: (channel: ClientChannel) => Promise<Ran>,
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      const refused =
        typeof (error as { reason?: unknown }).reason === 'number' || /exec/.test(error.message);
      const cause = { cause: error };
      reject(
        refused
          ? fail('ssh-channel', { host, title, reason: error.message }, cause)
          : fail('ssh-lost', { host, title }, cause),
      );
    };
    try {
      client.exec(text, (error, channel) => (error ? failed(error) : resolve(begun(channel))));
    } catch (error) {
      failed(error as Error);
    }
  });
}

function asProcess(client: Client, channel: ClientChannel, retire: () => void): Process {
  // The reader may go away while we write: the exit code tells it.
  channel.on('error', () => channel.close());
  return {
    stdout: channel,
    stderr: channel.stderr,
    onExit: (heard) => {
      channel.on('exit', (code: number | null, signal?: string) => heard(code ?? killedBy(signal)));
    },
    onClose: (heard) => {
      channel.on('close', () => heard());
    },
    terminate: () => signalTerm(client, channel),
    kill: (exited) => (exited ? undefined : retire()),
    letGo: () => channel.close(),
  };
}

/** The code that a shell would give; a signal without a number of ours is 255, as in OpenSSH. */
function killedBy(signal: string | undefined): number {
  const number = (constants.signals as Readonly<Record<string, number>>)[signal ?? ''];
  return number === undefined ? 255 : 128 + number;
}

/** The library sends no signal once the input has ended, though the protocol allows it: so the message is sent directly. */
function signalTerm(client: Client, channel: ClientChannel): void {
  const { _protocol: protocol } = client as unknown as {
    _protocol?: { signal(id: number, name: string): void };
  };
  const { outgoing } = channel as unknown as { outgoing: { id: number; state: string } };
  if (outgoing.state === 'open' || outgoing.state === 'eof') protocol?.signal(outgoing.id, 'TERM');
}
