import { script, type Command } from './command.ts';
import { fenced } from './fence.ts';
import { toShell } from './shell.ts';

/**
 * Runs the command after a while, without anybody who waits for it; refused then like any other when a newer token has come
 * in between, so that what is needed again by then goes on.
 */
export const after = (path: string, token: number, ms: number, command: Command): Command =>
  script(
    'setsid sh -c "$2" canopy "$1" >/dev/null 2>&1 </dev/null &',
    String(Math.ceil(ms / 1000)),
    `sleep "$1"; ${toShell(fenced(path, token, command, { waitSeconds: 60 }))}`,
  );
