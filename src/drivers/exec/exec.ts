/**
 * Programs on this machine (port Exec), by @actions/exec. It knows no process groups and no abort, so `setsid` makes
 * the shell the leader of a group of its own, the shell tells its process id first, and the group is ended as a whole.
 */
import { accessSync, constants } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { exec } from '@actions/exec';
import { runScript } from '../../commands/core/shell.ts';
import { fail, type CanopyError } from '../../errors.ts';
import type { Exec, ExecOptions, Ran } from '../../ports/ports.ts';
import { showDuration } from '../../shared/text/units.ts';
import { cleanEnv } from './env.ts';
import { endGroup } from './group.ts';
import { firstLine, lineReader } from './lines.ts';
import { messageOf } from '../../shared/text/thrown.ts';
import { startFailure } from '../../shared/system/start-error.ts';

interface OpenExecOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Variables that a user's command must not see, beside CANOPY_*, TWILIO_* and SMTP_*. */
  readonly hide: readonly string[];
}

export function openExec(settings: OpenExecOptions): Exec {
  const clean = cleanEnv(settings.env, settings.hide);
  return {
    shell: async (lines, options) => {
      if (options.signal?.aborted) throw aborted(options.signal);
      return run([lines].flat().join('\n'), options, { ...clean, ...options.env });
    },
  };
}

/**
 * The first line on stderr is the group's id. The inner shell is no `exec`: the outer one turns a signal into 128 + n. Its input
 * is empty, so that a command that reads does not wait for ever; written by us, it would break with one that has ended before.
 * The command comes by a variable: its text may hold a secret, and every user can read the words of a process.
 */
const wrapper = `echo "$$" >&2; sh -e -c '${runScript}' </dev/null; exit "$?"`;

async function run(script: string, options: ExecOptions, env: Record<string, string>): Promise<Ran> {
  const out = lineReader((line) => options.onLine?.(line, 'out'));
  const err = lineReader((line) => options.onLine?.(line, 'err'));
  const guard = watchOver(options);
  try {
    const code: number | null = await exec(found('setsid'), ['sh', '-c', wrapper], {
      cwd: options.cwd,
      env: { ...env, CANOPY_SCRIPT: script },
      // Without these it prints the command and its output to stdout, and throws on any exit code but 0.
      silent: true,
      ignoreReturnCode: true,
      // What is left in the background holds the output open: it is ended below, not waited for.
      delay: 500,
      listeners: { stdout: out.take, stderr: firstLine((line) => guard.started(Number(line)), err.take) },
    });
    await guard.finish();
    // Null when the shell itself was killed.
    const ran = { code: code ?? 137, stdout: out.end(), stderr: err.end() };
    const stopped = guard.stopped();
    if (stopped) throw stopped;
    return ran;
  } catch (error) {
    if (error === guard.stopped()) throw error;
    throw fail('command-start', { title: options.title, ...startFailure(error) }, { cause: error });
  } finally {
    guard.close();
  }
}

/** Of a name the package tells on standard output which folders of PATH it may not read: so it gets a path. */
function found(name: string): string {
  const files = (process.env['PATH'] ?? '').split(':').map((folder) => join(folder, name));
  const file = files.find((one) => {
    try {
      accessSync(one, constants.X_OK);
      return isAbsolute(one);
    } catch {
      return false;
    }
  });
  if (file === undefined) throw new Error(`${name} is in no folder of PATH`);
  return file;
}

interface ProcessWatch {
  started(group: number): void;
  /** Resolves when nothing of the group runs any more. */
  finish(): Promise<void>;
  /** Why it was ended from outside. */
  stopped(): CanopyError | null;
  close(): void;
}

/** Ends the group when the time is over or the signal comes, also when that is before the group is known. */
function watchOver(options: ExecOptions): ProcessWatch {
  const { signal, timeoutMs, title } = options;
  let group: number | null = null;
  let why: CanopyError | null = null;
  let ending: Promise<void> | null = null;
  const end = (): void => {
    if (group !== null && why !== null) ending ??= endGroup(group);
  };
  const stop = (reason: CanopyError): void => {
    why ??= reason;
    end();
  };
  const onAbort = (): void => stop(aborted(signal));
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => stop(fail('command-timeout', { title, limit: showDuration(timeoutMs) })), timeoutMs);
  return {
    started: (pid) => {
      group = pid;
      end();
    },
    finish: async () => {
      if (group !== null) await (ending ?? endGroup(group));
    },
    stopped: () => why,
    close: () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    },
  };
}

function aborted(signal: AbortSignal | undefined): CanopyError {
  const reason: unknown = signal?.reason;
  return fail('aborted', { signal: messageOf(reason) });
}
