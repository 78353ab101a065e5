/** Scripts about a unit of systemd: `ask` reads, `control` changes and may need a right that the SSH user lacks. */
import type { Service } from '../../config/types.ts';
import { inline, type Command } from '../core/command.ts';

export type UnitService = Exclude<Service, { readonly kind: 'commands' }>;

/** What is done to a unit by way of sudo, and so what `canopy explain sudo` allows. */
export const sudoVerbs = ['restart', 'stop', 'reset-failed'] as const;
type SudoVerb = (typeof sudoVerbs)[number];

export const unitName = (service: UnitService): string => `${service.unit}.service`;

/** Text for `unitScript` that does this to its unit: the one way in which a script comes to sudo. */
export const control = (verb: SudoVerb): string => `control ${verb} "$unit"`;

/** The words behind `sudo -n` that such a text comes to. */
export const sudoWords = (service: UnitService, verb: SudoVerb): readonly string[] => [
  'systemctl',
  verb,
  unitName(service),
];

/** Trusted text, in which $unit is the unit's name and $2 … are `words`. */
export const unitScript = (service: UnitService, text: string, ...words: string[]): Command =>
  inline(`${service.kind === 'systemd' ? ofSystem : ofUser}\nunit=$1\n${text}`, unitName(service), ...words);

/** Prints lines of `unit TAB KEY=VALUE` for the facts: what a deploy has to know before it touches anything. */
export const unitFacts = (service: UnitService): Command =>
  unitScript(service, service.kind === 'systemd' ? systemFacts : userFacts);

const ofSystem = `ask() { systemctl "$@"; }
control() { if [ "$(id -u)" -eq 0 ]; then systemctl "$@"; else sudo -n systemctl "$@"; fi; }`;

// A session that PAM did not open does not know where its user's systemd is.
const ofUser = `export XDG_RUNTIME_DIR="\${XDG_RUNTIME_DIR:-/run/user/$(id -u)}"
ask() { systemctl --user "$@"; }
control() { systemctl --user "$@"; }`;

const sayUnit = `say() { printf 'unit\\t%s\\n' "$1"; }
say "Id=$unit"
ask show -p LoadState -p EnvironmentFiles -p ExecStart -p User "$unit" | while read -r line; do
  case $line in
    User=?*) uid=$(id -u "\${line#User=}" 2>/dev/null || echo 0); [ "$uid" -eq 0 ] || [ "$uid" -eq "$(id -u)" ] || say Apart=yes ;;
    User=*) ;;
    *) say "$line" ;;
  esac
done`;

const systemFacts = `${sayUnit}
for verb in ${sudoVerbs.join(' ')}; do
  [ "$(id -u)" -eq 0 ] || sudo -n -l systemctl "$verb" "$unit" >/dev/null 2>&1 || say "Denied=$verb"
done`;

const userFacts = `${sayUnit}
[ -e "/var/lib/systemd/linger/$(id -un)" ] || say "NoLinger=$(id -un)"`;
