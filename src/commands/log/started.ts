/** When what `current` leads to was started, noted on its server: what its log holds from there on is of this start. */

/**
 * Trusted text for a script whose $path is the environment's path: `note MARK` writes the time and the mark. The mark tells of what came before:
 * the size of a log, the invocation of a unit. A note that cannot be written hinders no start.
 */
export const noteText = `note() {
  now=$(date +%s.%N)
  case $now in *[!0-9.]*) now=$(date +%s) ;; esac
  (umask 077; echo "$now \${1:--}" > "$path/.canopy/started") 2>/dev/null || true
}`;

/** The same for what reads it: sets $since and $mark; without a note both are empty. */
export const sinceText = `since= mark=
[ ! -s "$path/.canopy/started" ] || read -r since mark 2>/dev/null < "$path/.canopy/started" || true
case $since in *[!0-9.]* | ????????????????????????*) since= mark= ;; esac`;

/**
 * `last NAME LINES` hands on the end of its input, each line as `NAME TAB line`. What is longer than a person reads is cut here, on the server, and
 * no line is ever held whole: one of gigabytes costs neither memory nor time limits.
 */
export const lastText = `last() {
  LC_ALL=C tr -d '\\000\\001' | LC_ALL=C tr '\\n' '\\001' | LC_ALL=C fold -b -w 4096 | LC_ALL=C awk -v name="$1" -v limit="$2" '
    function keep() { line[count++ % limit] = text; text = ""; }
    {
      parts = split($0, part, "\\001")
      for (at = 1; at <= parts; at++) {
        if (at > 1) keep()
        if (length(text) < 2000) text = substr(text part[at], 1, 2000)
      }
    }
    END {
      if (text != "") keep()
      for (at = count > limit ? count - limit : 0; at < count; at++) print name "\\t" line[at % limit]
    }'
}`;
