import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { waitFor } from '../wait-for.ts';

export interface RunningHaproxy {
  readonly socket: string;
  readonly pid: () => number;
  /** Commands of the runtime API, and what they answer. */
  tell(line: string): Promise<string>;
  /** As a service does it: the states are saved (unless told not to), then the old process hands over. */
  reload(options?: { readonly save?: boolean; readonly cfg?: string }): Promise<void>;
  /** A new process; what the runtime API had changed is forgotten. */
  restart(): Promise<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
  log(): string;
}

/**
 * A generated haproxy.cfg fit for a test: no user to change to, the state file in the folder. The socket has to lie there too.
 */
export const fitted = (cfg: string, folder: string): string =>
  cfg
    .replace(/^ {4}(user|group) haproxy\n/gm, '')
    .replace(/ user root group haproxy/g, '')
    .replaceAll('/var/lib/haproxy/server-state', join(folder, 'server-state'))
    .replace(/^global$/m, 'global\n    nbthread 2');

/**
 * What runtime commands set, as `show servers state` tells it. The other columns move by themselves: the checks write down
 * what they have found and when, the operational state follows them, and the number of a row is the same all the time.
 */
const settable = [
  ...['srv_name', 'srv_addr', 'srv_port', 'srv_fqdn', 'srvrecord', 'srv_use_ssl'],
  ...['srv_admin_state', 'srv_uweight', 'srv_iweight', 'srv_check_addr', 'srv_check_port'],
  ...['srv_agent_state', 'srv_agent_addr', 'srv_agent_port'],
];

/** Of the text of `show servers state`: a line for each server, with what runtime commands set and nothing that checks change. */
export function settingsIn(state: string): string[] {
  const [, head = '', ...rows] = state.trim().split('\n');
  const names = head.replace(/^# /, '').split(' ');
  return rows.map((row) => {
    const cells = row.split(' ');
    return settable.map((name) => `${name}=${cells[names.indexOf(name)] ?? ''}`).join(' ');
  });
}

/** HAProxy with its master in a temporary folder. It does not outlive this process. */
export async function startHaproxy(folder: string, socket: string, cfg: string): Promise<RunningHaproxy> {
  const file = join(folder, 'haproxy.cfg');
  const state = join(folder, 'server-state');
  let child: ChildProcess | null = null;
  let output = '';
  const killNow = (): void => {
    // The worker ends with its master.
    if (child?.pid !== undefined && child.exitCode === null) process.kill(child.pid, 'SIGTERM');
  };
  process.once('exit', killNow);
  const tell = (line: string): Promise<string> => ask(socket, line);
  const pidOf = async (): Promise<string> => /^Pid: (\d+)/m.exec(await tell('show info'))?.[1] ?? '';
  const start = async (): Promise<void> => {
    writeFileSync(state, '');
    // Looked for as root does: it stands in /usr/sbin.
    const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
    const begun = spawn('haproxy', ['-W', '-f', file], { stdio: ['ignore', 'pipe', 'pipe'], env });
    child = begun;
    const heard = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-8000));
    begun.stdout?.on('data', heard);
    begun.stderr?.on('data', heard);
    begun.on('error', (error) => (output += error.message));
    await waitFor('haproxy', async () => {
      if (begun.exitCode !== null) throw new Error(`haproxy ended: ${output}`);
      return (await pidOf()) !== '';
    });
  };
  const stop = async (): Promise<void> => {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  writeFileSync(file, cfg);
  await start();
  return {
    socket,
    pid: () => child?.pid ?? 0,
    tell,
    log: () => output,
    start,
    stop: async () => {
      await stop();
      process.off('exit', killNow);
    },
    async reload({ save = true, cfg: next } = {}) {
      if (next !== undefined) writeFileSync(file, next);
      writeFileSync(state, save ? await tell('show servers state') : '');
      const before = await pidOf();
      // A master that has just loaded itself anew may not hear the first one.
      let told = 0;
      await waitFor('the new process', async () => {
        if (Date.now() - told > 1500) child?.kill('SIGUSR2');
        if (Date.now() - told > 1500) told = Date.now();
        return ![before, ''].includes(await pidOf());
      }).catch((error: Error) => {
        throw new Error(`${error.message}: ${output}`, { cause: error });
      });
    },
    restart: async () => {
      await stop();
      await start();
    },
  };
}

function ask(path: string, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => socket.write(`${line}\n`));
    let text = '';
    socket.setTimeout(15_000, () => socket.destroy(new Error('no answer')));
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.once('error', reject);
    socket.once('end', () => resolve(text));
  });
}
