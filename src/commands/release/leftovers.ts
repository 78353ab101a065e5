/** What deploys that ended in the middle have left on a server: uploads, and releases that were half deleted. */
import { inline, or, script, type Command } from '../core/command.ts';

/**
 * Deletes it. Only below the fence of the path: whatever is being received or deleted there holds it, so what is found is nobody's any
 * more, and no deploy takes up an upload of an earlier one.
 */
export const clearLeftovers = (path: string): Command => script(clearScript, path);

/** The same, where it may fail: what could not be deleted goes the next time. */
export const tryClearLeftovers = (path: string): Command => or(clearLeftovers(path), inline(':'));

const left = `"$path"/releases/.*.partial "$path"/.canopy/incoming-*.tgz`;

// A name that no release can have is not ours.
const clearScript = `path=$1 failed=
for left in ${left} "$path"/.canopy/once-*.partial; do
  [ -e "$left" ] || [ -L "$left" ] || continue
  case \${left##*/} in *[!A-Za-z0-9._-]*) continue ;; esac
  if rm -rf -- "$left"; then echo "canopy: deleted $left, left by a deploy that ended in the middle"; else failed=yes; fi
done
[ -z "$failed" ]`;

/** Part of the script that reads the facts: adds to `free` what is free once that is deleted; a file that a release shares is not. */
export const leftoverText = `for left in ${left}; do
  [ -e "$left" ] || continue
  more=$(find "$left" -type f -links 1 -exec du -k {} + 2>/dev/null | awk '{ sum += $1 } END { print sum + 0 }')
  free=$(($free + \${more:-0}))
done`;
