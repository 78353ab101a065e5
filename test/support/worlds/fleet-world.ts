/** Five booted hosts with a real systemd, an application as a unit on each, and the compiled router in front of them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shopUnit } from '../hosts/systemd-world.ts';
import { startNspawn, type NspawnHost } from '../hosts/nspawn.ts';
import { sshPorts } from '../hosts/nspawn-tree.ts';
import { freePort } from '../temp.ts';
import { waitFor } from '../wait-for.ts';
import { startWorld, type Outcome, type Running, type World } from './world.ts';

export interface FleetSetup {
  readonly rollout: string;
  readonly hooks: string;
  readonly irreversible: boolean;
  /** So long a new process may take until it answers. */
  readonly within: string;
}

/** `sick` answers 500 for ever, `dead` ends at once, `slow` answers 503 for two seconds; `odd`: sick on web-3 alone. */
export type Kind = 'good' | 'sick' | 'dead' | 'slow' | 'odd';

export interface FleetWorld {
  readonly world: World;
  readonly hosts: readonly NspawnHost[];
  /** Where clients ask. */
  readonly proxy: number;
  configure(over?: Partial<FleetSetup>): void;
  /** Commits and packages a version; returns its release id. */
  ship(version: string, kind?: Kind): Promise<string>;
  deploy(...words: string[]): Promise<Outcome>;
  canopy(...words: string[]): Promise<Outcome>;
  /** The release that `current` names on each host; `gone` for one that is dead. */
  currents(): string[];
  stop(): Promise<void>;
}

const appPort = 3000;
const count = 5;

export async function startFleetWorld(): Promise<FleetWorld> {
  const world = await startWorld(0);
  const hosts: NspawnHost[] = [];
  let router: Running | null = null;
  const stop = async (): Promise<void> => {
    router?.child.kill('SIGKILL');
    await Promise.all(hosts.map((host) => host.stop()));
    await world.stop();
  };
  try {
    // One after the other: booting is the busiest minute of a host.
    for (let at = 0; at < count; at += 1) hosts.push(await startNspawn());
    const [proxy, admin] = [await freePort(), await freePort()];
    writeFileSync(join(world.folder, 'known_hosts'), hosts.map((host) => host.knownHosts).join(''));
    writeFileSync(
      join(world.folder, 'ssh_config'),
      hosts
        .map((host) => `Host ${host.address}\n  IdentityFile ${host.keyFile}\n  IdentitiesOnly yes\n`)
        .join(''),
    );
    const configure: FleetWorld['configure'] = (over = {}) =>
      writeFileSync(
        join(world.repo, 'canopy.yml'),
        canopyYml(world, hosts, { proxy, admin }, { ...standard, ...over }),
      );
    configure();
    const canopy = (...words: string[]): Promise<Outcome> =>
      world.canopy(words, { CANOPY_TOKEN: 'token', CANOPY_SSH_KEY_FILE: '' });
    await install(canopy, hosts);
    router = world.begin(['router'], { CANOPY_TOKEN: 'token' });
    const started = router;
    await waitFor('the router', async () => {
      if (started.child.exitCode !== null) throw new Error(started.output());
      return (await fetch(`http://127.0.0.1:${admin}/healthz`).catch(() => null))?.status === 200;
    });
    return {
      world,
      hosts,
      proxy,
      configure,
      canopy,
      deploy: (...words) => canopy('deploy', '--environment', 'production', ...words),
      async ship(version, kind = 'good') {
        world.commit(version, false, source(version, kind));
        const { code, stderr, json } = await canopy('package');
        if (code !== 0) throw new Error(stderr);
        return String(json.data.id);
      },
      currents: () =>
        hosts.map((host) => {
          try {
            return host
              .sh('readlink /srv/shop/current || true')
              .trim()
              .replace(/^releases\//, '');
          } catch {
            // The machine is dead: that is an answer too.
            return 'gone';
          }
        }),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function install(canopy: FleetWorld['canopy'], hosts: readonly NspawnHost[]): Promise<void> {
  const { json } = await canopy('explain', 'sudo');
  const rules = `${(json.data.rules as string[]).join('\n')}\n`;
  for (const host of hosts)
    host.sh(
      `printf %s "$1" > /etc/sudoers.d/canopy; chmod 440 /etc/sudoers.d/canopy; visudo -cq
printf %s "$2" > /etc/systemd/system/shop.service; systemctl daemon-reload; usermod -aG systemd-journal deploy`,
      rules,
      shopUnit('User=deploy\n'),
    );
}

const standard: FleetSetup = { rollout: 'batch: 1', hooks: '', irreversible: false, within: '3s' };

function canopyYml(
  world: World,
  hosts: readonly NspawnHost[],
  { proxy, admin }: { proxy: number; admin: number },
  { rollout, hooks, irreversible, within }: FleetSetup,
): string {
  const instances = hosts.map(
    ({ address }, at) =>
      `      - { name: web-${at + 1}, host: deploy@${address}:${sshPorts.pam}, url: "http://${address}:${appPort}", tags: [${at < 3 ? 'blue' : 'green'}] }`,
  );
  return `app: shop
store: \${env:CANOPY_STORE}
artifact: { files: [app.js, package.json], irreversible: ${irreversible} }
ssh: { knownHosts: ${world.folder}/known_hosts, config: ${world.folder}/ssh_config, connectTimeout: 3s, keepAlive: 1s }
environments:
  production:
    path: /srv/shop
    service: { systemd: shop }
    health: { path: /health, release: x-release, within: ${within}, every: 50ms, rise: 2 }
    rollout: { healthyFor: 0s, drain: 5s, ${rollout} }
    ${hooks === '' ? '' : `hooks: ${hooks}`}
    lock: { lease: 5s }
    instances:
${instances.join('\n')}
traffic:
  listen: 127.0.0.1:${proxy}
  admin: { listen: 127.0.0.1:${admin}, token: "\${env:CANOPY_TOKEN:-}" }
  stable: production
  health: { path: /health, every: 100ms, timeout: 2s, rise: 1, fall: 3 }
`;
}

const source = (version: string, kind: Kind): string => `// version ${version}
import { createServer } from 'node:http';
${kind === 'dead' ? 'process.exit(1);' : ''}
const since = Date.now();
const sick = ${kind === 'sick'} || (${kind === 'odd'} && process.env.CANOPY_INSTANCE === 'web-3');
const server = createServer((request, answer) => {
  const late = ${kind === 'slow'} && Date.now() - since < 2000;
  answer.writeHead(sick ? 500 : late ? 503 : 200, { 'x-release': process.env.CANOPY_RELEASE ?? '', 'x-instance': process.env.CANOPY_INSTANCE ?? '' });
  setTimeout(() => answer.end('version ${version}'), request.url === '/health' ? 0 : 10);
}).listen(${appPort}, '0.0.0.0');
process.on('SIGTERM', () => { server.close(() => process.exit(0)); server.closeIdleConnections(); });
`;
