import { fail } from '../../src/errors.ts';
import type { Exec, ExecOptions, Ran } from '../../src/ports/ports.ts';
import { showDuration } from '../../src/shared/text/units.ts';

/** What a command does in the fake: its output and code, or a promise that may hang until it is stopped. */
export interface Act {
  readonly code?: number;
  readonly stdout?: string;
  readonly stderr?: string;
}
export type Program = (line: string, options: ExecOptions) => Act | Promise<Act>;

export interface FakeExec extends Exec {
  /** What was run, in order. */
  readonly ran: {
    readonly line: string;
    readonly title: string;
    readonly env: Readonly<Record<string, string>>;
  }[];
}

/** A shell that knows the given programs by their first word; like `sh -e` it stops at the first that fails. */
export function fakeExec(programs: Readonly<Record<string, Program>>): FakeExec {
  const ran: FakeExec['ran'] = [];
  return {
    ran,
    shell: async (lines, options) => {
      let stdout = '';
      let stderr = '';
      for (const line of [lines].flat().flatMap((text) => text.split('\n'))) {
        ran.push({ line, title: options.title, env: options.env ?? {} });
        const act = await within(options, () => perform(programs, line, options));
        stdout += act.stdout ?? '';
        stderr += act.stderr ?? '';
        for (const text of linesOf(act.stdout)) options.onLine?.(text, 'out');
        for (const text of linesOf(act.stderr)) options.onLine?.(text, 'err');
        if ((act.code ?? 0) !== 0) return { code: act.code ?? 0, stdout, stderr } satisfies Ran;
      }
      return { code: 0, stdout, stderr };
    },
  };
}

const linesOf = (text = ''): string[] =>
  text
    .replace(/\n$/, '')
    .split('\n')
    .filter((line) => line !== '');

async function perform(
  programs: Readonly<Record<string, Program>>,
  line: string,
  options: ExecOptions,
): Promise<Act> {
  const name = line.split(' ')[0] ?? '';
  const program = programs[name];
  return program ? program(line, options) : { code: 127, stderr: `sh: 1: ${name}: not found\n` };
}

async function within(options: ExecOptions, work: () => Promise<Act>): Promise<Act> {
  const { signal, timeoutMs, title } = options;
  const aborted = (): Error => fail('aborted', { signal: String((signal?.reason as Error).message) });
  if (signal?.aborted) throw aborted();
  return new Promise((resolve, reject) => {
    const limit = (): void => reject(fail('command-timeout', { title, limit: showDuration(timeoutMs ?? 0) }));
    const timer = timeoutMs === undefined ? undefined : setTimeout(limit, timeoutMs);
    signal?.addEventListener('abort', () => reject(aborted()), { once: true });
    work()
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}
