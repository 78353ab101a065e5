/** A word of `docker.options`: as it is written in canopy.yml, and as it stands in the record on a server. Pure. */

const switches = ['--init', '--no-healthcheck', '--read-only', '--security-opt=no-new-privileges'];
const valued = [
  ...['add-host', 'cap-drop', 'cpuset-cpus', 'dns', 'entrypoint', 'gpus', 'group-add', 'health-cmd'],
  ...['health-interval', 'health-retries', 'health-start-period', 'health-timeout', 'hostname'],
  ...['log-driver', 'log-opt', 'memory-reservation', 'memory-swap', 'oom-score-adj', 'pids-limit'],
  ...['shm-size', 'stop-signal', 'tmpfs', 'ulimit', 'workdir'],
].map((name) => `--${name}=`);

/** One word, with its value in it: none can take the next word for its value, or mean one of docker's other options. Null: it is one. */
export function wrongDockerOption(value: string): string | null {
  if (!switches.includes(value) && !valued.some((name) => value.startsWith(name)))
    return `must be one of ${[...switches, ...valued].join(' ')} with its value`;
  return /^[^\0\n]*$/.test(value) ? null : 'must be one line';
}
