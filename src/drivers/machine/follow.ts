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
  const following = new FollowedProcess(process, task, options);
  return { done: following.done, stop: (why) => following.stop(why) };
}

class FollowedProcess {
  readonly done: Promise<Ran>;
  readonly #process: Process;
  readonly #options: FollowOptions;
  readonly #about: { readonly host: string; readonly title: string };
  readonly #output: ReturnType<typeof gather>;
  readonly #out: ReturnType<typeof betweenMarks>;
  readonly #err: ReturnType<typeof betweenMarks>;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #resolve!: (ran: Ran) => void;
  #reject!: (error: Error) => void;
  #code: number | null = null;
  #stopping: CanopyError | null = null;
  #settled = false;

  constructor(process: Process, task: Task, options: FollowOptions) {
    this.#process = process;
    this.#options = options;
    this.#about = { host: options.host, title: task.title };
    this.#output = gather(task.onLine);
    this.#out = betweenMarks(options.token, this.#output.out);
    this.#err = betweenMarks(options.token, this.#output.err);
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    process.stdout.on('data', this.#heard(this.#out.add));
    process.stderr.on('data', this.#heard(this.#err.add));
    process.onExit((code) => this.#exited(code));
    process.onClose(() => this.#settle(true));
    const { timeoutMs } = task;
    if (timeoutMs !== undefined) {
      const limit = showDuration(timeoutMs);
      this.#after('limit', timeoutMs, () => this.stop(fail('remote-timeout', { ...this.#about, limit })));
    }
    const { signal } = options;
    if (signal?.aborted) this.#aborted();
    else signal?.addEventListener('abort', this.#aborted);
  }

  stop(why: CanopyError): void {
    if (this.#settled || this.#stopping) return;
    this.#stopping = why;
    this.#process.terminate();
    this.#after('obey', obeyMs, () => this.#settle(false));
  }

  readonly #aborted = (): void => this.stop(fail('remote-stopped', this.#about));

  #heard(take: (chunk: Buffer) => void): (chunk: Buffer) => void {
    return (chunk) => {
      if (this.#settled) return;
      take(chunk);
      if (this.#code !== null && !this.#stopping) this.#after('quiet', quietMs, () => this.#quiet());
    };
  }

  #exited(code: number): void {
    this.#code = code;
    if (this.#stopping) return this.#settle(false);
    this.#after('quiet', quietMs, () => this.#quiet());
    this.#after('chatty', chattyMs, () => this.#held());
  }

  /** The exit code may overtake the last of the output on its way. */
  #quiet(): void {
    if (this.#code !== 0 || this.#isWhole) this.#held();
  }

  #held(): void {
    if (!this.#settled && !this.#stopping && this.#isWhole) this.#options.onHeld();
    this.#settle(false);
  }

  get #isWhole(): boolean {
    return this.#out.code !== null && this.#err.code !== null;
  }

  #after(name: string, ms: number, work: () => void): void {
    clearTimeout(this.#timers.get(name));
    this.#timers.set(name, setTimeout(work, ms));
  }

  #settle(closed: boolean): void {
    if (this.#settled) return;
    this.#settled = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#options.signal?.removeEventListener('abort', this.#aborted);
    if (this.#stopping) this.#process.kill(this.#code !== null);
    if (!closed) this.#process.letGo();
    this.#out.flush();
    this.#err.flush();
    const text = this.#output.end();
    const ended = this.#ended();
    if (typeof ended === 'number') this.#resolve({ code: ended, ...text });
    else this.#reject(ended);
  }

  #ended(): number | CanopyError {
    const [code, out, err] = [this.#code, this.#out, this.#err];
    const last = out.code ?? err.code;
    if (this.#stopping) return this.#stopping;
    if (last !== null && (code !== null || this.#isWhole)) return last;
    if (code === null) return fail('ssh-lost', this.#about);
    if (!out.begun && !err.begun)
      return this.#options.refused(code, lastLine(err.before) || lastLine(out.before));
    return code === 0 ? fail('remote-cut', this.#about) : code;
  }
}

const lastLine = (text: string): string => cut(text.trim().split('\n').at(-1)?.trim() ?? '', 300);
