import { inline, type Command } from './command.ts';

/**
 * Adds one line to the journal of the server and brings it to the disk. When it cannot be written that is said, and stops nothing:
 * a full disk must not keep a release from going back, and the store has the same.
 */
export const appendJournal = (path: string, line: object): Command =>
  inline(append, path, JSON.stringify(line));

/** Cuts the journal to its last 2000 lines when it has 4000. */
export const trimJournal = (path: string): Command => inline(trim, path);

// Below the fence the time is when its command began, and how much later this is: `date` is a program, and each note would start it.
const append = `file="$1/.canopy/journal"
if [ -n "\${began-}" ] && [ -n "\${up-}" ] && read -r now rest 2>/dev/null < /proc/uptime; then
  since=$((\${now%.*} - \${up%.*}))
  [ "$since" -eq 0 ] && time=$began || time="$began+\${since}s"
else
  time=$(date -u +%Y-%m-%dT%H:%M:%SZ)
fi
if printf '%s %s\\n' "$time" "$2" >> "$file"; then
  sync "$file" 2>/dev/null || sync
else
  printf 'canopy: %s is not noted in %s\\n' "$2" "$file" >&2
fi`;

const trim = `file="$1/.canopy/journal"
[ ! -f "$file" ] || [ "$(wc -l < "$file")" -lt 4000 ] || { tail -n 2000 "$file" > "$file.cut" && mv -f "$file.cut" "$file"; }`;
