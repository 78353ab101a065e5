/**
 * How a command comes to a shell of a server. The login shell may be any: all that it reads is one line that starts `sh` and means the
 * same in each of them. What others must not see travels by standard input; the list of processes shows every word of a line.
 */
import type { Command } from './command.ts';
import { ownEnvironment } from './login.ts';
import { toShell } from './shell.ts';

interface SentCommand {
  /** The words behind `sh`. */
  readonly words: readonly string[];
  /** What has to stand at the beginning of its standard input. */
  readonly before: Buffer | null;
}

/** Linux takes no single argument of 128 KiB or more; a byte may become five by `loginLine`. */
const longest = 24 * 1024;

/** `token`: hexadecimal, of this run alone. `hasInput`: standard input goes on with what the command is to read. */
export function sentAs(command: Command, token: string, hasInput: boolean): SentCommand {
  const text = proving(command, token);
  if (!hasSecrets(command) && Buffer.byteLength(text) <= longest)
    return { words: ['-c', text], before: null };
  // Nothing follows: sh may read as far ahead as it likes, and starts no program to do it.
  if (!hasInput) return { words: [], before: Buffer.from(text) };
  const whole = Buffer.from(`${text}${ends}`);
  return { words: ['-c', readFirst], before: Buffer.concat([Buffer.from(`${whole.length}\n`), whole]) };
}

/**
 * The line for any login shell: bash, dash, zsh, ksh, busybox, fish, tcsh. Between single quotes all of them take every printable character
 * as it is but `'`, `!` (csh) and a backslash before one of them or another (fish); these, and all that is not printable, come as the octal
 * numbers that printf knows. `'sh'` in quotes is no alias. No `exec` and no path: a restricted bash refuses both.
 */
export function loginLine([option, text = '']: SentCommand['words']): string {
  if (option === undefined) return `'sh'`;
  if (text === readFirst) return `'sh' -c '${readFirst}'`;
  return `'sh' -c 'eval "$(printf %b "$1")"' canopy '${inOctal(text)}'`;
}

const inOctal = (text: string): string =>
  Buffer.from(text)
    .toString('latin1')
    .replace(/[^\x20-\x7e]|['!\\]/g, (one) => `\\0${one.charCodeAt(0).toString(8).padStart(3, '0')}`);

/** The lines around what a command prints, on both streams. They stand in no script as they are: a shell may print what it reads. */
export const marks = (token: string) => ({ begin: `${token} begin\n`, end: `${token} end ` });

// Braces, so that a text that was cut off is no text at all. Whatever in a command may end its shell has a subshell or a program of its
// own (shell.ts): none is started here, and its code is told after it.
function proving(command: Command, token: string): string {
  return `{
${ownEnvironment}
canopy_token=${token}
echo "$canopy_token begin"
echo "$canopy_token begin" >&2
${toShell(command)}
canopy_code=$?
echo "$canopy_token end $canopy_code"
echo "$canopy_token end $canopy_code" >&2
exit "$canopy_code"
}
`;
}

const ends = '#canopy';

// Each dd reads once, and never more than is missing: what follows is left to the command. Often one is enough.
const readFirst =
  'read canopy_size; canopy_text=; canopy_got=0; while [ $canopy_got -lt $canopy_size ]; do ' +
  'canopy_text=$canopy_text$(dd bs=$((canopy_size-canopy_got)) count=1 2>/dev/null; echo .); canopy_text=${canopy_text%.}; ' +
  `case $canopy_text in *"${ends}") break;; esac; canopy_more=$(printf %s "$canopy_text" | wc -c); ` +
  '[ $canopy_more -gt $canopy_got ] || exit 1; canopy_got=$canopy_more; done; eval "$canopy_text"';

/** Whether its text may hold what other users of the server must not see. */
// eslint-disable-next-line complexity -- one switch over all kinds: the compiler tells when one is missing
export function hasSecrets(command: Command): boolean {
  switch (command.kind) {
    case 'user':
      return true;
    case 'write':
      return command.mode === '0600';
    case 'and':
    case 'or':
      return command.parts.some(hasSecrets);
    case 'when':
      return [command.test, command.then, command.otherwise].some(
        (part) => part !== undefined && hasSecrets(part),
      );
    case 'inside':
      return command.secret === true || (command.body !== null && hasSecrets(command.body));
    case 'argv':
    case 'script':
      return false;
  }
}
