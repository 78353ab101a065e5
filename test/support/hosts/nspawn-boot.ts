/** The command that boots a host in namespaces and cgroups of its own, and what takes its cgroups away again. */
import { existsSync, readFileSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

export interface Boot {
  /** An empty folder: the overlay is mounted below it, for the booting process alone. */
  readonly folder: string;
  /** Unique: names the machine and its cgroups. */
  readonly name: string;
  /** Arguments of systemd-nspawn behind its own: `['--boot']`. */
  readonly words: readonly string[];
}

/**
 * Prints `ready` when the tree stands at `treeOf`, waits for a line on its standard input, and becomes systemd-nspawn. It is
 * ended with the process that started it, and everything else with it.
 */
export const bootCommand = ({ folder, name, words }: Boot): string[] => [
  ...['setpriv', '--pdeathsig', 'KILL', 'unshare', '--mount', '--net', '--pid', '--mount-proc'],
  ...['--fork', '--kill-child=KILL', 'sh', '-ec', script, 'sh'],
  ...[folder, name, process.execPath, cgroupsOf(name).join(' '), ...words],
];

/** The tree of the host as every process of root sees it, by way of the process that boots. */
export const treeOf = (pid: number, { folder }: Pick<Boot, 'folder'>): string =>
  join(`/proc/${pid}/root`, folder, 'm');

/** Removes the cgroups of a host that has ended; false while a process is still in there. */
export function removeCgroups(name: string): boolean {
  return cgroupsOf(name).map(removeCgroup).every(Boolean);
}

// In a process namespace of its own nothing of the host outlives systemd-nspawn, which leaves its child behind when it is killed.
// Without cgroups of its own systemd-nspawn would use the one of this process, and two hosts would share it.
const script = `folder=$1 name=$2 node=$3 cgroups=$4
shift 4
mount -t tmpfs -o size=1g,mode=755 tmpfs "$folder"
mkdir "$folder/u" "$folder/w" "$folder/m"
mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/u,workdir=$folder/w" "$folder/m"
mkdir -p /run/systemd/nspawn
mount -t tmpfs tmpfs /run/systemd/nspawn
ip link set lo up
for cgroup in $cgroups; do mkdir "$cgroup"; echo 0 > "$cgroup/cgroup.procs"; done
echo ready
read -r go
exec systemd-nspawn --quiet --register=no --keep-unit --directory="$folder/m" --machine="$name" --console=pipe \\
  --bind-ro="$node:/usr/local/bin/node" --resolv-conf=off --timezone=off --link-journal=no "$@" </dev/null`;

/** The hierarchies in which systemd keeps its processes: the one of version 2, and its own among those of version 1. */
function cgroupsOf(name: string): string[] {
  return readFileSync('/proc/self/cgroup', 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, controllers = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
      const root =
        controllers === 'name=systemd'
          ? 'systemd'
          : controllers === '' && existsSync('/sys/fs/cgroup/unified')
            ? 'unified'
            : '';
      return path === '' || (controllers !== '' && root === '')
        ? []
        : [join('/sys/fs/cgroup', root, path, name)];
    });
}

function removeCgroup(folder: string): boolean {
  if (!existsSync(folder)) return true;
  const below = readdirSync(folder, { withFileTypes: true }).filter((item) => item.isDirectory());
  if (!below.map((item) => removeCgroup(join(folder, item.name))).every(Boolean)) return false;
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    // A process is on its way out.
    if ((error as NodeJS.ErrnoException).code !== 'EBUSY') throw error;
    return false;
  }
}
