import { script, type Command } from '../core/command.ts';

/** Prints lines of `engine TAB KEY=VALUE`, and `image TAB ID` for each release whose image is there. Reads only. */
export const engineFacts = (name: string, path: string): Command => script(text, name, path);

const text = `say() { printf '%s\\t%s\\n' "$1" "$2"; }
command -v docker >/dev/null 2>&1 || { say engine Missing=docker; exit; }
if ! said=$(docker version -f '{{.Server.Version}}' 2>&1); then
  said=$(printf '%s' "$said" | tail -n 1)
  case $said in
    *[Pp]'ermission denied'*) say engine "Denied=$said" ;;
    *) say engine "Away=$said" ;;
  esac
  exit
fi
say engine "Version=$said"
root=$(docker info -f '{{.DockerRootDir}}' 2>/dev/null)
if [ -d "$root" ]; then
  say engine "Root=$root"
  say engine "Free=$(df -Pk -- "$root" | awk 'NR == 2 { print $4 }')"
fi
if owner=$(docker container inspect -f '{{index .Config.Labels "canopy.path"}}' "$1" 2>/dev/null); then
  [ "$owner" = "$2" ] || { say engine "Container=$1"; say engine "Owner=\${owner:-nobody}"; }
fi
docker image ls --format '{{.Tag}}' "$1" | while read -r tag; do say image "$tag"; done`;
