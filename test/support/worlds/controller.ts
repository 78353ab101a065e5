/** A controller that dies or freezes at a point, as a process of its own. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Orders } from './points.ts';
import { waitFor } from '../wait-for.ts';
import type { World } from './world.ts';

export interface Died {
  /** The points that it came to, in order. */
  readonly points: readonly string[];
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;
  /** The result document; empty when it did not come so far. */
  readonly stdout: string;
  readonly stderr: string;
}

export interface Controller {
  readonly ended: Promise<Died>;
  /** Resolves when it is frozen; throws when it ends instead. */
  stands(): Promise<void>;
  thaw(): void;
}

/** Runs the bundled program (test/support/worlds/killed.ts) in the world. It does not outlive this process. */
export function startController(
  program: string,
  world: World,
  orders: Pick<Orders, 'die' | 'freeze'>,
  { words, env }: { readonly words: readonly string[]; readonly env: Readonly<Record<string, string>> },
): Controller {
  const file = join(mkdtempSync(join(world.folder, 'points-')), 'points');
  const told: Orders = { ...orders, file, servers: join(world.folder, 'servers') };
  const child = spawn(process.execPath, [program, ...words, '--json'], {
    cwd: world.repo,
    env: { ...world.env, ...env, CANOPY_TEST_ORDERS: JSON.stringify(told) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const killNow = (): void => void child.kill('SIGKILL');
  process.once('exit', killNow);
  const text = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (text.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text.err += chunk.toString()));
  const ended = new Promise<Died>((done) =>
    child.once('close', (code, signal) => {
      process.off('exit', killNow);
      const points = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
      done({ points, signal, code, stdout: text.out, stderr: text.err });
    }),
  );
  return {
    ended,
    stands: async () => {
      await waitFor(
        `the controller to stand ${orders.die}`,
        () => child.exitCode !== null || child.signalCode !== null || isFrozen(child.pid ?? 0),
        30_000,
      );
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`it never came ${orders.die}: ${text.out}${text.err}`);
    },
    thaw: () => void child.kill('SIGCONT'),
  };
}

const isFrozen = (pid: number): boolean =>
  readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.startsWith('T') === true;
