/** One worker as a child process: the same program with the same words, told its number. */
import { spawn, type ChildProcess } from 'node:child_process';
import { heardByPrimary, WORKER, type ToPrimary, type ToWorker } from './connections/messages.ts';
import type { SocketHandle } from './connections/sockets.ts';

export interface Program {
  readonly file: string;
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Standard output belongs to the primary's document: what it prints goes to the error output. */
  readonly quiet: boolean;
}

/** `failed` is told by the end. */
export type WorkerListener = Exclude<ToPrimary, { readonly kind: 'failed' }>;

export interface WorkerProcess {
  readonly pid: number;
  send(message: ToWorker, handle?: SocketHandle): void;
  kill(): void;
}

/** Starts it. `ended` is called once, also when it could not be started; `how` is the worker's own reason where it gave one. */
export function startProcess(
  program: Program,
  number: number,
  on: {
    readonly heard: (message: WorkerListener) => void;
    readonly ended: (how: string) => void;
  },
): WorkerProcess {
  const child: ChildProcess = spawn(program.file, [...program.words], {
    stdio: ['ignore', program.quiet ? 2 : 'inherit', 'inherit', 'ipc'],
    env: { ...program.env, [WORKER]: String(number) },
  });
  let over = false;
  const end = (how: string): void => {
    if (over) return;
    over = true;
    on.ended(how);
  };
  let reason = '';
  child.on('message', (message) => {
    const heard = heardByPrimary(message);
    if (heard === null || over) return;
    if (heard.kind === 'failed') reason = heard.reason;
    else on.heard(heard);
  });
  // Its last words are read before the channel is closed, which may be after its exit.
  let how = '';
  const gone = (): void => {
    if (how !== '' && !child.connected) end(reason === '' ? how : reason);
  };
  child.once('disconnect', gone);
  child.once('exit', (code, signal) => {
    how = signal === null ? `exit ${code}` : `killed by ${signal}`;
    gone();
  });
  child.once('error', (error) => end(error.message));
  return {
    pid: child.pid ?? 0,
    send(message, handle) {
      // A worker that has just ended hears nothing; its end is told by `exit`.
      if (child.connected) child.send(message, handle as never, {}, () => undefined);
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

/** This very program, without what concerns the result of the primary alone. */
export function sameProgram(quiet: boolean): Program {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('LISTEN_')));
  const [file = '', ...words] = process.argv.slice(1);
  return { file: process.execPath, words: [...process.execArgv, file, ...withoutResult(words)], env, quiet };
}

function withoutResult(words: readonly string[]): string[] {
  return words.filter(
    (word, at) =>
      word !== '--json' &&
      word !== '--result' &&
      words[at - 1] !== '--result' &&
      !word.startsWith('--result='),
  );
}
