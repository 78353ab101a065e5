import { hidden, type Command } from './command.ts';
import { fenced } from './fence.ts';
import { runScript, toShell } from './shell.ts';

/**
 * Runs the command after a while, without anybody who waits for it; refused then like any other when a newer token has come
 * in between, so that what is needed again by then goes on. Where the application was removed by then nothing is made anew.
 */
export const after = (path: string, token: number, ms: number, command: Command): Command =>
  hidden(
    `{ CANOPY_SCRIPT=$3; export CANOPY_SCRIPT; exec setsid sh -c '${runScript}' canopy "$1" "$2"; } >/dev/null 2>&1 </dev/null &`,
    String(Math.ceil(ms / 1000)),
    path,
    `sleep "$1"; [ -d "$2/.canopy" ] || exit 0; ${toShell(fenced(path, token, command, { waitSeconds: 60 }))}`,
  );
