/** A log that is a file: how long it is when a service is started, and what has been added since. */
import { inline, type Command } from '../core/command.ts';
import { lastText, noteText, sinceText } from './started.ts';

/** Notes that a service is about to be started, and how long its log is by then. */
export const noteSize = (path: string, file: string): Command =>
  inline(
    `path=$1\n${noteText}\nsum=\n[ ! -f "$2" ] || sum=$(wc -c < "$2" 2>/dev/null) || true\nnote "$((\${sum:-0}))"`,
    path,
    file,
  );

/** The last lines that it was given since then; all of it when it is shorter by now, or nothing was noted. */
export const fileLog = (path: string, file: string, lines: number): Command =>
  inline(`path=$1\n${sinceText}\n${lastText}\n${fileText}`, path, file, String(lines));

/** So many bytes at the most are looked through. */
const most = 256 * 1024 * 1024;

// Only a file has an end: what reads a pipe waits for ever. `tail` leaps to where it is told to, and what is added meanwhile has no end either.
const fileText = `[ -e "$2" ] || { echo "there is no file $2" >&2; exit 1; }
[ -f "$2" ] || { echo "$2 is no file" >&2; exit 1; }
[ -r "$2" ] || { echo "$(id -un) may not read $2" >&2; exit 1; }
sum=$(($(wc -c < "$2"))) || exit
case $mark in '' | *[!0-9]* | ????????????????*) mark=0 ;; esac
[ "$mark" -le "$sum" ] || mark=0
[ $((sum - mark)) -le ${most} ] || mark=$((sum - ${most}))
tail -c "+$((mark + 1))" -- "$2" | head -c ${most} | last own "$3"`;
