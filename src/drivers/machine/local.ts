/** This very machine, behind the same port as one that is reached by SSH. */
import type { Env } from '../../shared/system/env.ts';
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { constants } from 'node:os';
import { accessSync, constants as modes, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { sentAs } from '../../commands/core/transport.ts';
import { fail, isCanopyError, type CanopyError } from '../../errors.ts';
import type { Host, Log, Ran, Ssh, Task } from '../../ports/ports.ts';
import { openFeed } from './feed.ts';
import { follow, type Process } from './follow.ts';
import { openHttp } from '../http.ts';
import { exchangeHere } from '../socket.ts';
import { messageOf } from '../../shared/text/thrown.ts';

/** Commands see a login's environment, nothing of this run's: no secret of ours can leak into a service. */
export function openLocal(env: Env = process.env, log?: Log): Ssh {
  const http = openHttp();
  return {
    host: async ({ name }): Promise<Host> => ({
      run: (task, signal) => runHere(name, task, env, log, signal),
      get: (url, options) => http.get(url, options),
      connects: (host, port, options) => opens(host, port, options.timeoutMs),
      exchange: (socket, text, options) => exchangeHere(name, socket, text, options),
    }),
    close: () => http.close(),
  };
}

async function runHere(host: string, task: Task, env: Env, log?: Log, signal?: AbortSignal): Promise<Ran> {
  if (signal?.aborted) throw fail('remote-stopped', { host, title: task.title });
  const token = randomBytes(16).toString('hex');
  const sent = sentAs(task.command, token, task.input !== undefined);
  const feed = await openFeed(task, sent.before);
  try {
    const child = spawn('sh', sent.words, {
      // A group of its own, so that a time limit ends all of it.
      detached: true,
      env: loginEnvironment(env),
      cwd: homeOf(env),
      stdio: 'pipe',
    });
    const onHeld = (): void =>
      log?.warn(
        `${task.title}: a process that it started still writes to its output, which is closed now`,
        host,
      );
    const refused = (code: number, said: string): CanopyError =>
      fail('remote-failed', { host, title: task.title, code, detail: said || 'sh has not begun' });
    const running = follow(asProcess(child), task, { host, signal, token, refused, onHeld });
    child.once('error', (error) =>
      running.stop(fail('remote-failed', { host, title: task.title, code: 126, detail: error.message })),
    );
    feed.into(child.stdin).catch((error: unknown) => {
      if (isCanopyError(error)) return running.stop(error);
      log?.debug(`standard input: ${messageOf(error)}`, host);
    });
    return await running.done;
  } finally {
    await feed.close();
  }
}

function asProcess(child: ChildProcess & { stdout: Readable; stderr: Readable }): Process {
  // The reader may go away while we write: the exit code tells it.
  child.stdin?.on('error', () => child.stdin?.destroy());
  const toGroup = (signal: NodeJS.Signals): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, signal);
    } catch (error) {
      // Nobody is left in the group.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  return {
    stdout: child.stdout,
    stderr: child.stderr,
    onExit: (heard) => {
      child.on('exit', (code, signal) => heard(code ?? 128 + constants.signals[signal ?? 'SIGKILL']));
    },
    onClose: (heard) => {
      child.on('close', heard);
    },
    terminate: () => toGroup('SIGTERM'),
    kill: () => toGroup('SIGKILL'),
    letGo: () => {
      child.stdout.destroy();
      child.stderr.destroy();
      child.unref();
    },
  };
}

function opens(host: string, port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (open: boolean) => (): void => {
      socket.destroy();
      resolve(open);
    };
    socket.setTimeout(timeoutMs, settle(false));
    socket.once('connect', settle(true)).once('error', settle(false));
  });
}

const kept =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|XDG_RUNTIME_DIR|DBUS_SESSION_BUS_ADDRESS)$/;

/** What a login by SSH would see. */
const loginEnvironment = (env: Env): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => kept.test(name)));

/** As sshd does it: whose home is none begins at the root. */
function homeOf({ HOME: home }: Env): string {
  try {
    if (home && statSync(home).isDirectory()) {
      accessSync(home, modes.X_OK);
      return home;
    }
  } catch {
    return '/';
  }
  return '/';
}
