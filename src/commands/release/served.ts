/** The record of what served when: `.canopy/served`, a line each time a release has passed its gate and serves. */
import { inline, type Command } from '../core/command.ts';
import { put } from '../core/shell.ts';

/** So many lines are kept. */
export const servedLines = 50;

/** Adds a line. The file is written anew and brought to the disk before it takes the place of the old one: nobody reads half of it. */
export const noteServed = (path: string, line: string): Command =>
  inline(note, path, line, String(servedLines - 1));

const note = `file="$1/.canopy/served"
${put}
lines=
[ ! -f "$file" ] || lines=$(tail -n "$3" -- "$file") || exit
(umask 077; put "$file.new" "\${lines:+$lines
}$2
") || exit
sync "$file.new" 2>/dev/null || sync
mv -fT -- "$file.new" "$file"`;
