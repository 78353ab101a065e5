/** The link `current`: what it names, made to name another, and kept as another tool has written it. */
import { and, argv, inline, or, script, type Command } from '../core/command.ts';
import type { Replaced } from './shell-runtime.ts';
import type { ReleaseFiles } from './release-folder.ts';
import { noteServed } from './served.ts';

/**
 * Makes `current` name a release by a rename, so that there is no moment without one. The link that it had before Canopy replaced it is
 * put back as it was, to the byte; one that Canopy has not replaced is left alone.
 */
export const switchTo = (release: ReleaseFiles): Command =>
  inline(
    release.foreign === true ? `${switchText}${putBack}` : `${switchText}${point}`,
    release.path,
    release.id,
  );

/** Takes `current` away: there was none before. */
export const switchToNone = (path: string): Command => argv('rm', '-f', '--', `${path}/current`);

/**
 * Keeps the link as it stands, below the name of what it leads to, unless Canopy would write the same. Comes before a switch, and
 * fails when there is something else than the facts have told. `name` is null: there was none.
 */
const keepLink = (path: string, name: string | null): Command => inline(keepText, path, name ?? '');

/** Notes what is about to be replaced, where the record does not know it, and keeps its link. */
export const replace = (path: string, { name, served }: Replaced): Command =>
  and(keepLink(path, name), ...(served === null ? [] : [noteServed(path, served)]));

/** Fails, and says so, unless `current` names the release and `status` says that it runs. */
export const stillRuns = ({ path, id }: ReleaseFiles, status: Command): Command =>
  or(and(inline(namesText, path, id), status), script('echo "canopy: does not run: $1" >&2; exit 1', id));

const switchText = `kept="$1/.canopy/links/$2" next="$1/.canopy/next"
leads() { [ -L "$kept" ] && (cd -- "$1" && [ -e "$(readlink -- ".canopy/links/$2")" ]); }
take() { rm -f -- "$next" && cp -P -- "$kept" "$next" && mv -fT -- "$next" "$1/current"; }
`;

const point = `if leads "$@"; then take "$@"; else ln -sfn -- "releases/$2" "$next" && mv -fT -- "$next" "$1/current"; fi`;

const putBack = `[ -L "$kept" ] || exit 0
leads "$@" || { echo "canopy: $(readlink -- "$kept") is gone: $1/current is left as it is" >&2; exit 1; }
take "$@"`;

const keepText = `links="$1/.canopy/links"
if [ -n "$2" ] && [ -L "$1/current" ]; then
  if [ "$(readlink -- "$1/current")" = "releases/$2" ] && [ -f "$1/current/.canopy/release.json" ]; then
    rm -f -- "$links/$2"
  else
    [ -d "$links" ] || (umask 077; mkdir -- "$links") || exit
    rm -f -- "$links/.new" && cp -P -- "$1/current" "$links/.new" && mv -fT -- "$links/.new" "$links/$2"
  fi
elif [ -n "$2" ] || [ -e "$1/current" ] || [ -L "$1/current" ]; then
  echo "canopy: $1/current has changed since it was looked at" >&2
  exit 1
fi`;

const namesText = `link=$(readlink -- "$1/current") || exit
[ "$link" = "releases/$2" ] || { [ -L "$1/.canopy/links/$2" ] && [ "$link" = "$(readlink -- "$1/.canopy/links/$2")" ]; }`;
