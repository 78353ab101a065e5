import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../temp.ts';
import { waitFor } from '../wait-for.ts';

export interface RedisOptions {
  readonly port?: number;
  readonly password?: string;
  /** Keeps the data over a restart. */
  readonly keep?: boolean;
  /** Not a store but a Sentinel that watches one, and takes half a second of silence for its death. */
  readonly sentinel?: { readonly name: string; readonly master: number; readonly password?: string };
  /** More of the command line: `['--replicaof', '127.0.0.1', '7000']`. */
  readonly args?: readonly string[];
}

export interface RunningRedis {
  readonly port: number;
  /** With the password, when there is one. */
  readonly url: string;
  readonly pid: () => number;
  /** SIGTERM, waits, removes its folder. Safe to call twice. */
  stop(): Promise<void>;
  /** SIGKILL, and waits; `restart` brings it back. */
  kill(): Promise<void>;
  /** Stops it when it runs, then starts it on the same port: empty, unless `keep`. */
  restart(): Promise<void>;
  /** SIGSTOP and SIGCONT: it is there and does not answer. */
  freeze(): void;
  thaw(): void;
  /** One command, the raw first line of the reply: `await redis.tell('FLUSHALL')`. */
  tell(...words: string[]): Promise<string>;
}

/** A redis-server on 127.0.0.1 in a temporary folder. It does not outlive this process. */
export async function startRedis(options: RedisOptions = {}): Promise<RunningRedis> {
  const port = options.port ?? (await freePort());
  const folder = mkdtempSync(join(tmpdir(), 'canopy-redis-'));
  const common = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--daemonize', 'no'];
  const words = options.sentinel
    ? [sentinelFile(folder, options.sentinel), '--sentinel', ...common]
    : [
        ...[...common, '--save', ''],
        ...(options.keep === true ? ['--appendonly', 'yes', '--appendfsync', 'always'] : []),
        ...(options.password === undefined ? [] : ['--requirepass', options.password]),
        ...(options.args ?? []),
      ];
  let child: ChildProcess;
  let output = '';
  const killNow = (): void => void child.kill('SIGKILL');
  process.once('exit', killNow);

  const start = async (): Promise<void> => {
    child = spawn('redis-server', words, { stdio: ['ignore', 'pipe', 'pipe'] });
    const heard = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-4000));
    child.stdout?.on('data', heard);
    child.stderr?.on('data', heard);
    child.on('error', (error) => (output += error.message));
    await waitFor(`redis-server on port ${port}`, async () => {
      if (child.exitCode !== null) throw new Error(`redis-server ended: ${output}`);
      return /^(\+PONG|-NOAUTH)/.test(await tell('PING'));
    });
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGCONT');
    child.kill(signal);
    await ended;
  };
  const tell = (...command: string[]): Promise<string> =>
    ask(port, [...(options.password === undefined ? [] : [['AUTH', options.password]]), command]);

  await start();
  const userInfo = options.password === undefined ? '' : `:${encodeURIComponent(options.password)}@`;
  return {
    port,
    url: `redis://${userInfo}127.0.0.1:${port}/0`,
    pid: () => child.pid ?? 0,
    kill: () => end('SIGKILL'),
    restart: async () => {
      await end('SIGTERM');
      await start();
    },
    stop: async () => {
      await end('SIGTERM');
      process.off('exit', killNow);
      rmSync(folder, { recursive: true, force: true });
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    tell,
  };
}

function sentinelFile(
  folder: string,
  { name, master, password }: NonNullable<RedisOptions['sentinel']>,
): string {
  const file = join(folder, 'sentinel.conf');
  const lines = [
    `sentinel monitor ${name} 127.0.0.1 ${master} 1`,
    `sentinel down-after-milliseconds ${name} 500`,
    `sentinel failover-timeout ${name} 3000`,
    ...(password === undefined ? [] : [`sentinel auth-pass ${name} ${password}`]),
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

/** Sends commands on a new connection and resolves with the first line of the last reply. */
function ask(port: number, commands: readonly (readonly string[])[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    let text = '';
    socket.setTimeout(15_000, () => socket.destroy(new Error('no answer')));
    socket.once('error', reject);
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const lines = text.split('\r\n');
      if (lines.length <= commands.length) return;
      socket.destroy();
      resolve(lines[commands.length - 1] ?? '');
    });
    for (const words of commands) {
      const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
      socket.write(`*${words.length}\r\n${parts.join('')}`);
    }
  });
}
