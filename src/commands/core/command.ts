/**
 * A command for a remote machine, as data. Builders in this folder return it, `toShell` turns it into text in one
 * place, drivers run it. Nothing here does anything.
 */
export type Command =
  /** One program with its arguments; `stdinOf` writes the given text to its standard input. */
  | { readonly kind: 'argv'; readonly words: readonly string[] }
  /** A line or script that the user wrote in canopy.yml; run by `sh -e` with `env` in the folder `cwd`. */
  | {
      readonly kind: 'user';
      readonly script: string;
      readonly cwd?: string;
      readonly env?: Readonly<Record<string, string>>;
    }
  /** All of them, in order, stopping at the first that fails. */
  | { readonly kind: 'and'; readonly parts: readonly Command[] }
  /** The second when the first fails. */
  | { readonly kind: 'or'; readonly parts: readonly Command[] }
  /** When `test` succeeds, `then`; else `otherwise` (or nothing). */
  | { readonly kind: 'when'; readonly test: Command; readonly then: Command; readonly otherwise?: Command }
  /** Writes `text` to `path` through a temporary file and a rename. */
  | { readonly kind: 'write'; readonly path: string; readonly text: string; readonly mode: string }
  /** Trusted text from a builder in this folder; `args` arrive as $1, $2 … and are never part of the text. Every user of the server can see both. */
  | { readonly kind: 'script'; readonly text: string; readonly args: readonly string[] }
  /**
   * Trusted text as in `script`, but in a subshell: no new program is started, and `args` are in no list of processes. Around a command
   * that it calls as `body`, where there is one: that may be long, it is no argument.
   */
  | {
      readonly kind: 'inside';
      readonly text: string;
      readonly args: readonly string[];
      readonly body: Command | null;
      /** `args` hold what no other user of the server may see. */
      readonly secret?: true;
    };

/**
 * What running it means. `read` changes nothing. `change` does. `check` is a read about what a change has done: a dry
 * run, which changes nothing, has to take its answer as yes.
 */
export type Effect = 'read' | 'change' | 'check';

export const argv = (...words: string[]): Command => ({ kind: 'argv', words });
export const and = (...parts: Command[]): Command => ({ kind: 'and', parts });
export const or = (...parts: Command[]): Command => ({ kind: 'or', parts });
export const when = (test: Command, then: Command, otherwise?: Command): Command =>
  otherwise ? { kind: 'when', test, then, otherwise } : { kind: 'when', test, then };
export const write = (path: string, text: string, mode = '0644'): Command => ({
  kind: 'write',
  path,
  text,
  mode,
});
export const script = (text: string, ...args: string[]): Command => ({ kind: 'script', text, args });
/** For what runs with every command. The shell is the caller's, with its umask; nothing of it goes back there. */
export const inline = (text: string, ...args: string[]): Command => ({
  kind: 'inside',
  text,
  args,
  body: null,
});
/** The same when its arguments are secret. */
export const hidden = (text: string, ...args: string[]): Command => ({
  kind: 'inside',
  text,
  args,
  body: null,
  secret: true,
});
export const inside = (text: string, args: readonly string[], body: Command): Command => ({
  kind: 'inside',
  text,
  args,
  body,
});
export const user = (
  lines: string | readonly string[],
  at: { cwd?: string; env?: Readonly<Record<string, string>> } = {},
): Command => ({ kind: 'user', script: typeof lines === 'string' ? lines : lines.join('\n'), ...at });
