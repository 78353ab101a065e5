/** What a service says of itself, and who listens where it is asked: lines that deploy/gate/proof-facts.ts reads. */
import { inside, type Command } from '../core/command.ts';
import { askedText, askedWords, listenersText, sayText, type AskedAt } from './listeners.ts';
import { unitScript, type UnitService } from './unit.ts';

/** Prints lines of `unit TAB KEY=VALUE` about a unit. */
export const unitState = (service: UnitService): Command => unitScript(service, `${sayText}\n${unitText}`);

/** Of a unit of systemd: its state, its sockets, its processes, and who listens at the port. */
export const unitProof = (service: UnitService, at: AskedAt): Command =>
  unitScript(
    service,
    [askedText, sayText, unitText, unitOwner(service.kind === 'systemd'), listenersText].join('\n'),
    ...askedWords(at),
  );

/** Of a service by commands: whether it says that it runs, and who listens at the port. */
export const commandsProof = (status: Command, at: AskedAt): Command =>
  inside([askedText, sayText, commandsText, listenersText].join('\n'), ['', ...askedWords(at)], status);

const properties = [
  ...['ActiveState', 'SubState', 'Result', 'MainPID', 'ControlGroup', 'ExecMainStatus', 'TriggeredBy'],
  ...['NFileDescriptorStore', 'User'],
]
  .map((name) => `-p ${name}`)
  .join(' ');

const unitText = `shown=$(ask show ${properties} "$unit") || exit
printf '%s\\n' "$shown" | while IFS= read -r line; do say unit "$line"; done`;

// Who its processes are, as far as that is known before there is one. A socket is opened for it by systemd. A daemon that has left its
// starter has no main process: any of its processes tells in which network it listens.
const unitOwner = (isSystem: boolean): string => `of() { printf '%s\\n' "$shown" | sed -n "s/^$1=//p"; }
pid=$(of MainPID) cgroup=$(of ControlGroup) user=$(of User)
case $user in
  '') say owner ${isSystem ? '0' : '"$(id -u)"'} ;;
  *[!0-9]*) say owner "$(id -u "$user" 2>/dev/null)" ;;
  *) say owner "$user" ;;
esac
[ "\${pid:-0}" -gt 0 ] || [ -z "$cgroup" ] || pid=$(cat "/sys/fs/cgroup$cgroup/cgroup.procs" "/sys/fs/cgroup/systemd$cgroup/cgroup.procs" 2>/dev/null | head -n 1)
for socket in $(of TriggeredBy); do
  case $socket in *.socket) say socket "Id=$socket"; ask show -p ActiveState -p Listen "$socket" | while IFS= read -r line; do say socket "$line"; done ;; esac
done`;

const commandsText = `pid=0 cgroup=
if (body) >/dev/null 2>&1 </dev/null; then say unit Running=yes; else say unit Running=no; fi
say owner "$(id -u)"`;
