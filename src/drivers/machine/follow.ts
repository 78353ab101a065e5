/** Follows a process to its end: shared by what runs here and what runs by SSH. */
import { fail, type CanopyError } from '../../errors.ts';
import { cut } from '../../shared/text/line.ts';
import type { Ran, Task } from '../../ports/ports.ts';
import { showDuration } from '../../shared/text/units.ts';
import { betweenMarks } from './between-marks.ts';
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

interface FollowOptions {
  readonly host: string;
  readonly signal: AbortSignal | undefined;
  /** Of this run alone: its lines around the output show that the command began and came to its end. */
  readonly token: string;
  /** Why nothing has begun: the exit code, and what was said in place of it. */
  readonly refused: (code: number, said: string) => CanopyError;
  /** Hears of a process that still holds the output after the command has ended. */
  readonly onHeld: () => void;
}

/**
 * Settles once: with the exit code that the command itself has told as its last word, or with why it could not be learnt. The code of
 * the shell around it counts only when that is not 0: something has ended the command before it could tell.
 */
export function follow(
  process: Process,
  task: Task,
  options: FollowOptions,
): { done: Promise<Ran>; stop(why: CanopyError): void } {
  const output = gather(task.onLine);
  const out = betweenMarks(options.token, output.out);
  const err = betweenMarks(options.token, output.err);
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
      out.flush();
      err.flush();
      const text = output.end();
      const told = out.code ?? err.code;
      if (stopping) reject(stopping);
      else if (told !== null && (code !== null || isWhole())) resolve({ code: told, ...text });
      else if (code === null) reject(fail('ssh-lost', about));
      else if (!out.begun && !err.begun)
        reject(options.refused(code, lastLine(err.before) || lastLine(out.before)));
      else if (code === 0) reject(fail('remote-cut', about));
      else resolve({ code, ...text });
    };
    const isWhole = (): boolean => out.code !== null && err.code !== null;
    const held = (): void => {
      if (!settled && !stopping && isWhole()) options.onHeld();
      settle(false);
    };
    // The exit code may overtake the last of the output on its way.
    const quiet = (): void => (code === 0 && !isWhole() ? undefined : held());
    const heard = (take: (chunk: Buffer) => void) => (chunk: Buffer) => {
      if (settled) return;
      take(chunk);
      if (code !== null && !stopping) after('quiet', quietMs, quiet);
    };
    process.stdout.on('data', heard(out.add));
    process.stderr.on('data', heard(err.add));
    process.onExit((given) => {
      code = given;
      if (stopping) return settle(false);
      after('quiet', quietMs, quiet);
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

const lastLine = (text: string): string => cut(text.trim().split('\n').at(-1)?.trim() ?? '', 300);
