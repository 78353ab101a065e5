import type { Command } from './command.ts';
import { asLogin } from './login.ts';

/** Text that `sh` runs as this command. The only place where anything is quoted. */
// eslint-disable-next-line complexity -- one switch over all kinds: the compiler tells when one is missing
export function toShell(command: Command): string {
  switch (command.kind) {
    case 'argv':
      return command.words.map((word, at) => (at === 0 ? quoteProgram(word) : quote(word))).join(' ');
    case 'and':
      return command.parts.map((part) => group(part)).join(' && ') || 'true';
    case 'or':
      return command.parts.map((part) => group(part)).join(' || ') || 'true';
    case 'when': {
      const otherwise = command.otherwise ? `; else ${toShell(command.otherwise)}` : '';
      return `if ${toShell(command.test)}; then ${toShell(command.then)}${otherwise}; fi`;
    }
    case 'write':
      return writeText(command.path, command.text, command.mode);
    case 'script':
      return ['sh', '-c', quote(command.text), 'canopy', ...command.args.map(quote)].join(' ');
    case 'inside':
      return `(${bodyOf(command.body)}set -- ${command.args.map(quote).join(' ')}\n${command.text}\n)`;
    case 'user':
      return userScript(command.script, command.cwd, command.env ?? {});
  }
}

/** One word for `sh`, whatever characters it holds; a NUL cannot be passed to any program. */
export function quote(word: string): string {
  if (word.includes('\0')) throw new TypeError('a word for the shell cannot hold a NUL character');
  return /^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*$/.test(word) ? word : inQuotes(word);
}

/** The first word: an equals sign would make it an assignment. */
const quoteProgram = (word: string): string => (word.includes('=') ? inQuotes(word) : quote(word));
const inQuotes = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

const group = (command: Command): string =>
  command.kind === 'argv' || command.kind === 'script' ? toShell(command) : `{ ${toShell(command)}; }`;

const bodyOf = (body: Command | null): string => (body ? `body() {\n${toShell(body)}\n}\n` : '');

/** `put FILE TEXT`. cat says why a write fails ("No space left on device"), the printf of dash does not: it is started when that has failed. */
export const put = `put() { printf %s "$2" 2>/dev/null > "$1" || printf %s "$2" | cat > "$1"; }`;

function writeText(path: string, text: string, mode: string): string {
  const partial = quote(`${path}.partial`);
  return (
    `(umask 077; ${put}; put ${partial} ${quote(text)}) && ` +
    `chmod ${quote(mode)} -- ${partial} && { sync -- ${partial} 2>/dev/null || sync; } && mv -f -- ${partial} ${quote(path)}`
  );
}

/** Runs the text of the variable CANOPY_SCRIPT, which the text itself does not see: so it stands in no list of processes. */
export const runScript = 'eval "unset CANOPY_SCRIPT;$CANOPY_SCRIPT"';

function userScript(text: string, cwd: string | undefined, env: Readonly<Record<string, string>>): string {
  const values = Object.entries({ ...env, CANOPY_SCRIPT: text }).map(
    ([name, value]) => `${name}=${quote(value)}`,
  );
  const steps = [
    ...(cwd === undefined ? [] : [`cd -- ${quote(cwd)}`]),
    `export ${values.join(' ')}`,
    `exec sh -ec ${quote(runScript)}`,
  ];
  return `(${asLogin}; ${steps.join(' && ')})`;
}
