/** What stands at the path of an environment before a deploy: parts of the script that reads the facts, and changes nothing. */

/**
 * Prints `odd TAB WHAT NAME` for each thing in the place of something else: `folder current`, `file releases`, `dangling current`.
 * The name of the path itself is empty.
 */
export const oddText = `odd() {
  file=$path\${2:+/$2}
  what=
  [ ! -L "$file" ] || what=dangling
  [ ! -e "$file" ] || what=other
  [ ! -f "$file" ] || what=file
  [ ! -d "$file" ] || what=folder
  [ -z "$what" ] || [ "$what" = "$1" ] || say odd "$what $2"
}
for name in '' releases shared .canopy .canopy/links; do odd folder "$name"; done
for name in .canopy/lock .canopy/token .canopy/journal .canopy/served; do odd file "$name"; done
[ ! -d "$path/.canopy" ] || [ ! -L "$path/.canopy" ] || say odd 'link .canopy'
[ -L "$path/current" ] && [ -e "$path/current" ] || odd link current`;

/**
 * Prints the link \`current\`, where it leads when Canopy did not write it so, and the links that were kept: \`kept TAB NAME TEXT\`.
 * Where something lies below releases/ it is named so, whatever the way there.
 */
export const currentText = `  plain() { tr '\\n\\t' '??'; }
  link=$(readlink -n -- "$path/current" 2>/dev/null | plain)
  say current "$link"
  if [ -e "$path/current" ] && [ -L "$path/current" ]; then
    dir=$path/releases/\${link##*/}
    if [ "$link" != "releases/\${link##*/}" ] || [ -L "$dir" ] || [ ! -f "$dir/.canopy/release.json" ]; then
      found=$(readlink -f -- "$path/current" | tr '\\t' '?')
      base=$(cd -- "$path/releases" 2>/dev/null && pwd -P)
      if [ -n "$base" ] && [ "\${found%/*}" = "$base" ]; then found=releases/\${found##*/}; fi
      say place "$(printf %s "$found" | plain)"
    fi
  fi
  for file in "$path"/.canopy/links/*; do
    case \${file##*/} in *[!A-Za-z0-9._-]*) continue ;; esac
    [ -L "$file" ] && (cd -- "$path" && [ -e "$(readlink -- "$file")" ]) || continue
    say kept "\${file##*/} $(readlink -n -- "$file" | plain)"
  done`;
