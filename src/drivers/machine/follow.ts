/** Follows a process to its end: shared by what runs here and what runs by SSH. */
import { fail, type CanopyError } from '../../errors.ts';
import type { Ran, Task } from '../../ports.ts';
import { showDuration } from '../../units.ts';
import { gather } from './output.ts';

/** After the exit, output is awaited until nothing came for so long; a daemon may hold the stream open for ever. */
const quietMs = 500;
const chattyMs = 5000;
/** So long may a process take to obey a request to end. */
const obeyMs = 2000;

export interface Process {
  readonly stdout: NodeJS.ReadableStream;
  readonly stderr: NodeJS.ReadableStream;
  onExit(heard: (code: number) => void): void;
  /** Both streams are over; nothing more will be heard of it. */
  onClose(heard: () => void): void;
  /** Asks it to end. */
  terminate(): void;
  /** Makes what is left of it end, as far as that can be done. */
  kill(exited: boolean): void;
  /** Stops listening. */
  letGo(): void;
}

export interface FollowOptions {
  readonly host: string;
  readonly signal: AbortSignal | undefined;
  /** Hears of a process that still holds the output after the command has ended. */
  readonly onHeld: () => void;
}

/** Settles once: with the exit code, or with why it could not be learnt. */
export function follow(
  process: Process,
  task: Task,
  options: FollowOptions,
): { done: Promise<Ran>; stop(why: CanopyError): void } {
  const output = gather(task.onLine);
  const { host, signal } = options;
  const about = { host, title: task.title };
  let stop: (why: CanopyError) => void = () => undefined;
  const done = new Promise<Ran>((resolve, reject) => {
    let code: number | null = null;
    let stopping: CanopyError | null = null;
    let settled = false;
    const timers = new Map<string, NodeJS.Timeout>();
    const after = (name: string, ms: number, work: () => void): void => {
      clearTimeout(timers.get(name));
      timers.set(name, setTimeout(work, ms));
    };
    const settle = (closed: boolean): void => {
      if (settled) return;
      settled = true;
      for (const timer of timers.values()) clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
      if (stopping) process.kill(code !== null);
      if (!closed) process.letGo();
      const text = output.end();
      if (stopping) reject(stopping);
      else if (code === null) reject(fail('ssh-lost', about));
      else resolve({ code, ...text });
    };
    const held = (): void => {
      if (!settled && !stopping) options.onHeld();
      settle(false);
    };
    const heard = (take: (chunk: Buffer) => void) => (chunk: Buffer) => {
      if (settled) return;
      take(chunk);
      if (code !== null && !stopping) after('quiet', quietMs, held);
    };
    process.stdout.on('data', heard(output.out));
    process.stderr.on('data', heard(output.err));
    process.onExit((given) => {
      code = given;
      if (stopping) return settle(false);
      after('quiet', quietMs, held);
      after('chatty', chattyMs, held);
    });
    process.onClose(() => settle(true));
    stop = (why) => {
      if (settled || stopping) return;
      stopping = why;
      process.terminate();
      after('obey', obeyMs, () => settle(false));
    };
    const aborted = (): void => stop(fail('remote-stopped', about));
    const { timeoutMs } = task;
    if (timeoutMs !== undefined)
      after('limit', timeoutMs, () =>
        stop(fail('remote-timeout', { ...about, limit: showDuration(timeoutMs) })),
      );
    if (signal?.aborted) aborted();
    else signal?.addEventListener('abort', aborted);
  });
  return { done, stop: (why) => stop(why) };
}
