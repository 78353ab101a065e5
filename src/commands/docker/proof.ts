/** What docker says of the container of an instance, and who listens where it is asked: lines that deploy/gate/proof-facts.ts reads. */
import { script, type Command } from '../core/command.ts';
import { askedText, askedWords, listenersText, sayText, type AskedAt } from '../service/listeners.ts';

/** Prints lines of `unit TAB KEY=VALUE` about a container. */
export const containerState = (name: string): Command => script(`${sayText}\n${stateText}`, name);

/** Of a container: its state, its ports, and who listens at the port. */
export const containerProof = (name: string, at: AskedAt): Command =>
  script([askedText, sayText, stateText, portsText, listenersText].join('\n'), name, ...askedWords(at));

const stateText = `told=$(docker container inspect -f '{{.State.Status}} {{.State.Pid}} {{.State.ExitCode}} {{.State.OOMKilled}} {{.HostConfig.NetworkMode}} {{index .Config.Labels "canopy.release"}}' "$1") || exit
read -r status pid code oom network release <<END
$told
END
say unit "Status=$status"; say unit "ExitCode=$code"; say unit "OOMKilled=$oom"; say unit "Network=$network"; say unit "Release=$release"`;

// The cgroup of a container in the server's own network is that of its first process.
const portsText = `docker container inspect -f '{{range $port, $all := .NetworkSettings.Ports}}{{range $all}}{{.HostPort}} {{$port}} {{.HostIp}}{{"\\n"}}{{end}}{{end}}' "$1" |
  while read -r number inner ip; do case $inner in */tcp) say published "$number \${ip:-0.0.0.0}" ;; esac; done
docker container inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{"\\n"}}{{.GlobalIPv6Address}}{{"\\n"}}{{end}}' "$1" |
  while read -r ip; do [ -z "$ip" ] || say inner "$ip"; done
cgroup=
[ "\${pid:-0}" -eq 0 ] || cgroup=$(sed -n 's/^0:://p; s/^[0-9]*:name=systemd://p' "/proc/$pid/cgroup" 2>/dev/null | awk '{ last = $0 } END { print last }')
[ "$cgroup" != / ] || cgroup=`;
