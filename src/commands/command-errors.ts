/** Why a remote command failed: its exit code and what it said, as an error of the catalogue. Pure. */
import { fail, type CanopyError } from '../errors.ts';
import { errorLine } from '../shared/text/error-line.ts';
import { cut } from '../shared/text/line.ts';
import { byDocker } from './docker/docker-errors.ts';
import { fenceExit } from './core/fence.ts';
import { absenceOf, notStarted, refusalOf, startsNone } from './refusals.ts';

export interface CommandExit {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface FailedAt {
  /** The environment's path on the server. */
  readonly path: string;
  /** Who runs commands there; null: nobody has said. */
  readonly user: string | null;
  /** The mount on which releases lie, when it starts no program. */
  readonly noexec?: string | null | undefined;
}

export function explainFailure(host: string, title: string, ran: CommandExit, at: FailedAt): CanopyError {
  return byFence(host, ran) ?? byDocker(host, title, ran) ?? byWords(host, title, ran, at);
}

/** What the fence itself says, null when it let the command in. Its own codes count only with its own words as the last ones said. */
export function byFence(host: string, { code, stderr }: CommandExit): CanopyError | null {
  const last = linesOf(stderr).at(-1) ?? '';
  const stale = /^canopy: stale token (\d+) < (\d+)$/.exec(last);
  if (code === fenceExit.stale && stale)
    return fail('lock-stale', { host, token: Number(stale[1]), seen: Number(stale[2]) });
  const busy = /^canopy: lock busy after (\d+) s: (.+)$/.exec(last);
  if (code === fenceExit.busy && busy)
    return fail('host-busy', { host, file: busy[2] ?? '', limit: `${busy[1]} s` });
  const unreadable = /^canopy: unreadable token: (.+)$/.exec(last);
  if (code === fenceExit.unreadable && unreadable)
    return fail('token-unreadable', { host, file: unreadable[1] ?? '' });
  return null;
}

/** A full disk may be told anywhere; the other reasons count only near the end, where the cause stands. */
function byWords(
  host: string,
  title: string,
  { code, stdout, stderr }: CommandExit,
  { path, user, noexec = null }: FailedAt,
): CanopyError {
  const lines = linesOf(stderr);
  const end = lines.slice(-3);
  const found = (words: RegExp, among: readonly string[]): string | undefined =>
    among
      .filter((line) => words.test(line))
      .map(short)
      .at(-1);
  if (found(/no space left on device|disk quota exceeded/i, lines))
    return fail('remote-disk-full', { host, title, path });
  const hash = found(/^canopy: hash mismatch/, end);
  if (hash !== undefined)
    return fail('remote-hash', { host, detail: hash.replace(/^canopy: hash mismatch: /, '') });
  const denied = found(
    /permission denied|operation not permitted|read-only file system|a password is required/i,
    end,
  );
  if (denied !== undefined) {
    const isStart = noexec !== null && code === notStarted;
    const refusal = isStart ? startsNone(noexec) : refusalOf(denied, user, path);
    return fail('remote-permission', { host, title, detail: denied, ...refusal });
  }
  const missing = found(/no such file or directory|command not found|: not found$/i, end);
  if (missing !== undefined)
    return fail('remote-missing', { host, title, detail: missing, ...absenceOf(missing, user) });
  const detail = short(
    errorLine({ stdout: linesOf(stdout).slice(-3).join('\n'), stderr: end.join('\n') }) ?? killed(code),
  );
  return fail('remote-failed', { host, title, code, detail });
}

const short = (line: string): string => cut(line, 300);
const killed = (code: number): string =>
  code > 128 && code < 160 ? `ended by signal ${code - 128}` : 'it printed nothing';

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
