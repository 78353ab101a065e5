import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import type { RouterAddresses } from '../../../src/router/index.ts';
import type { ProcessSetup } from './router-process.ts';

export interface RouterProcess extends RouterAddresses {
  readonly pid: number;
  readonly errors: () => string;
  /** Sends the signal and waits for the end; returns the exit code, null when it was killed. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** Starts a router in a process of its own and waits until it listens. It does not outlive this process. */
export async function spawnRouter(setup: ProcessSetup): Promise<RouterProcess> {
  const file = join(import.meta.dirname, 'router-process.ts');
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', file, JSON.stringify(setup)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const killNow = (): void => void child.kill('SIGKILL');
  process.once('exit', killNow);
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const ended = once(child, 'exit').then(() => process.off('exit', killNow));
  if (child.stdout === null) throw new Error('no output');
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([
    once(lines, 'line').then(([line]) => String(line)),
    ended.then(() => {
      throw new Error(`the router ended: ${errors}`);
    }),
  ]);
  return {
    ...(JSON.parse(first) as RouterAddresses),
    pid: child.pid ?? 0,
    errors: () => errors,
    async end(signal) {
      child.kill(signal);
      await ended;
      return child.exitCode;
    },
  };
}
