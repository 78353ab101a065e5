/** The same three jobs by Canopy and by its peers: one command, a first deploy, a deploy with few changes. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeployWorld, Release } from './deploy-world.ts';

export interface Tool {
  readonly name: string;
  /** A command line. */
  readonly command: () => readonly string[];
  /** Null: it deploys nothing. */
  readonly deploy: ((release: Release, id: string) => readonly string[]) | null;
}

export const found = (program: string): boolean =>
  spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

export function toolsOf(world: DeployWorld): Tool[] {
  const tools = [canopy(world), facts(world), openssh(world)];
  if (found('rsync')) tools.push(rsync(world));
  if (found('ansible-playbook')) tools.push(ansible(world));
  if (found('pyinfra')) tools.push(pyinfra(world));
  return tools;
}

const step = ({ env }: DeployWorld, name: string, ...words: string[]): string[] => [
  'node',
  join(String(env['CANOPY_BENCH_DIST']), `steps/${name}.js`),
  ...words,
];

const canopy = (world: DeployWorld): Tool => ({
  name: 'canopy',
  command: () => step(world, 'command'),
  deploy: ({ artifact }) => step(world, 'deploy', '--environment', 'production', '--artifact', artifact),
});

/** Asks each server for everything that a deploy has to know. */
const facts = (world: DeployWorld): Tool => ({
  name: 'canopy status',
  command: () => step(world, 'status', '--environment', 'production'),
  deploy: null,
});

// OpenSSH's default key exchange of newer versions is several times slower on loopback: pinned for all that use it.
const sshOptions = ({ keyFile, knownHosts }: DeployWorld): string =>
  `-i ${keyFile} -o UserKnownHostsFile=${knownHosts} -o IdentitiesOnly=yes -o KexAlgorithms=curve25519-sha256 -o BatchMode=yes -F /dev/null`;

/** Places of the servers, one a line: number, port, folder. */
const places = (world: DeployWorld, tool: string): string =>
  world.servers.map(({ port }, at) => `${at} ${port} ${world.path(tool, at)}`).join('\\n');

const each = (world: DeployWorld, tool: string, script: string): string[] => [
  'sh',
  '-c',
  `printf '${places(world, tool)}\\n' | xargs -P50 -L1 sh -ec '${script}' run`,
];

function openssh(world: DeployWorld): Tool {
  const ssh = `ssh ${sshOptions(world)} -p "$2" ${world.servers[0]?.user}@127.0.0.1`;
  return {
    name: 'OpenSSH + xargs',
    command: () => each(world, 'openssh', `${ssh} true`),
    deploy: ({ archive }, id) =>
      each(
        world,
        'openssh',
        `${ssh} "set -e; mkdir -p $3/releases/${id}; tar -xz -C $3/releases/${id}; ln -sfn releases/${id} $3/current.new; mv -T $3/current.new $3/current; true" < ${archive}`,
      ),
  };
}

function rsync(world: DeployWorld): Tool {
  const options = sshOptions(world);
  const ssh = `ssh ${options} -p "$2" ${world.servers[0]?.user}@127.0.0.1`;
  return {
    name: 'rsync --link-dest',
    command: () => each(world, 'rsync', `${ssh} true`),
    deploy: ({ folder }, id) =>
      each(
        world,
        'rsync',
        `${ssh} mkdir -p $3/releases; rsync -az --link-dest=../../current/ -e "ssh ${options} -p $2" ${folder}/ ${world.servers[0]?.user}@127.0.0.1:$3/releases/${id}/; ${ssh} "ln -sfn releases/${id} $3/current.new && mv -T $3/current.new $3/current"`,
      ),
  };
}

function ansible(world: DeployWorld): Tool {
  const folder = join(world.folder, 'ansible');
  mkdirSync(folder, { recursive: true });
  const hosts = world.servers.map(
    ({ port, user }, at) =>
      `web-${at} ansible_host=127.0.0.1 ansible_port=${port} ansible_user=${user} path=${world.path('ansible', at)}`,
  );
  writeFileSync(
    join(folder, 'hosts'),
    `${hosts.join('\n')}\n[all:vars]\nansible_python_interpreter=/usr/bin/python3\n`,
  );
  writeFileSync(
    join(folder, 'ansible.cfg'),
    `[defaults]
inventory = hosts
forks = ${world.servers.length}
gathering = explicit
private_key_file = ${world.keyFile}
[ssh_connection]
pipelining = True
ssh_args = -o ControlMaster=auto -o ControlPersist=60s ${sshOptions(world)}
`,
  );
  writeFileSync(
    join(folder, 'deploy.yml'),
    `- hosts: all
  tasks:
    - file: { path: "{{ path }}/shared", state: directory }
    - command: mkdir {{ path }}/lock
    - file: { path: "{{ path }}/releases/{{ id }}", state: directory }
    - unarchive: { src: "{{ archive }}", dest: "{{ path }}/releases/{{ id }}" }
    - copy: { content: "RELEASE={{ id }}\\n", dest: "{{ path }}/releases/{{ id }}/env", mode: "0600" }
    - command: ln -sfn releases/{{ id }} {{ path }}/current.new
    - command: mv -T {{ path }}/current.new {{ path }}/current
    - command: "true"
    - command: "true"
    - shell: ls -1dt {{ path }}/releases/* | tail -n +6 | xargs -r rm -rf
    - command: rmdir {{ path }}/lock
`,
  );
  const within = (...words: string[]): string[] => ['sh', '-c', 'cd "$0" && exec "$@"', folder, ...words];
  return {
    name: 'Ansible (pipelining)',
    command: () => within('ansible', 'all', '-m', 'command', '-a', 'true'),
    deploy: ({ archive }, id) =>
      within('ansible-playbook', 'deploy.yml', '-e', `id=${id}`, '-e', `archive=${archive}`),
  };
}

function pyinfra(world: DeployWorld): Tool {
  const folder = join(world.folder, 'pyinfra');
  mkdirSync(folder, { recursive: true });
  const hosts = world.servers.map(
    ({ port, user }, at) =>
      `    ("web-${at}", {"ssh_hostname": "127.0.0.1", "ssh_port": ${port}, "ssh_user": "${user}", "ssh_key": "${world.keyFile}", "ssh_known_hosts_file": "${world.knownHosts}", "path": "${world.path('pyinfra', at)}"}),`,
  );
  writeFileSync(join(folder, 'inventory.py'), `servers = [\n${hosts.join('\n')}\n]\n`);
  writeFileSync(
    join(folder, 'deploy.py'),
    `from io import StringIO
from pyinfra import host
from pyinfra.operations import files, server
path = host.data.path
id = host.data.id
release = f"{path}/releases/{id}"
files.directory(path=f"{path}/shared")
server.shell(commands=[f"mkdir {path}/lock"])
files.directory(path=release)
files.put(src=host.data.archive, dest=f"{path}/{id}.tgz")
server.shell(commands=[f"tar -xzf {path}/{id}.tgz -C {release}", f"rm {path}/{id}.tgz"])
files.put(src=StringIO(f"RELEASE={id}\\n"), dest=f"{release}/env", mode="600")
server.shell(commands=[f"ln -sfn releases/{id} {path}/current.new", f"mv -T {path}/current.new {path}/current"])
server.shell(commands=["true"])
server.shell(commands=["true"])
server.shell(commands=[f"ls -1dt {path}/releases/* | tail -n +6 | xargs -r rm -rf"])
server.shell(commands=[f"rmdir {path}/lock"])
`,
  );
  const within = (...words: string[]): string[] => ['sh', '-c', 'cd "$0" && exec "$@"', folder, ...words];
  return {
    name: 'pyinfra',
    command: () => within('pyinfra', '-y', 'inventory.py', 'exec', '--', 'true'),
    deploy: ({ archive }, id) =>
      within(
        'pyinfra',
        '-y',
        '--data',
        `id=${id}`,
        '--data',
        `archive=${archive}`,
        'inventory.py',
        'deploy.py',
      ),
  };
}
