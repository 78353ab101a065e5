import { script, type Command } from './command.ts';

export interface JournalLine {
  readonly deploy: string;
  readonly action: string;
  readonly release: string;
  /** `begin` before, `done` after. */
  readonly state: string;
}

/** Adds one line to the journal of the server and brings it to the disk; the file is cut to its last 2000 lines when it has 4000. */
export const appendJournal = (path: string, line: JournalLine): Command =>
  script(text, path, JSON.stringify(line));

const text = `file="$1/.canopy/journal"
if [ -f "$file" ] && [ "$(wc -l < "$file")" -ge 4000 ]; then tail -n 2000 "$file" > "$file.cut" && mv -f "$file.cut" "$file"; fi
printf '%s %s\\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$2" >> "$file" && sync "$file" 2>/dev/null || sync`;
