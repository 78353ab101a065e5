/** The small world with a booted host: one instance `web-1` in /srv/shop, run by a unit of systemd. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../needs.ts';
import { bootsHosts, startNspawn, type NspawnHost } from './nspawn.ts';
import { sshPorts } from './nspawn-tree.ts';
import { startWorld, type Outcome, type World } from '../worlds/world.ts';

export interface SystemdWorld {
  /** The git repository of the application. */
  readonly repo: string;
  /** Writes canopy.yml. */
  configure(over?: Partial<Setup>): void;
  /** Commits and packages a version of the application; `more` is code that it begins with. */
  release(version: string, kind?: Kind, more?: string): Promise<void>;
  canopy(...words: string[]): Promise<Outcome>;
  deploy(): Promise<Outcome>;
  /** What the status step tells of the instance. */
  status(): Promise<Readonly<Record<string, unknown>>>;
  /** Fails while a lock is held. */
  clean(): Promise<void>;
  /** Runs a script as root on the host; $1, $2 … are `words`. */
  host(script: string, ...words: string[]): string;
  /** Writes a file on the host. */
  put(folder: string, name: string, text: string): void;
  /** The unit of the system, and the printed rules for sudo. */
  install(): Promise<void>;
  /** Lines that override the unit's [Service]; null takes them away. */
  dropIn(text: string | null): void;
  /** What systemd says of the unit: `active`, `inactive`, `failed`. */
  active(): string;
  /** The release that `current` names, or nothing. */
  current(): string;
  /** The application's own environment, or null when nobody answers. */
  environment(): Promise<Readonly<Record<string, string>> | null>;
  stop(): Promise<void>;
}
export interface Setup {
  readonly kind: 'systemd' | 'user-systemd';
  readonly unit: string;
  /** Of the instance, as YAML or JSON. */
  readonly health: string;
  readonly env: Readonly<Record<string, string>>;
  /** A command that runs before the first switch. */
  readonly prepare: string;
  /** Names of what is packaged. */
  readonly files: readonly string[];
}
/**
 * `sick` answers 500 for ever, `dead` ends at once, `mortal` ends after a moment of running, `mute` runs and listens nowhere,
 * `activated` listens at the socket that systemd gives it.
 */
export type Kind = 'good' | 'sick' | 'dead' | 'mortal' | 'mute' | 'activated';

export const needsSystemd = needs(
  ...['root', 'redis-server', 'sshd', 'git', 'ps', 'ip', 'sudo'],
  ...['unshare', 'nsenter', 'setpriv', 'systemd-nspawn', bootsHosts],
);

export const shopUnit = (more = ''): string => `[Service]
${more}WorkingDirectory=/srv/shop/current
EnvironmentFile=-/srv/shop/current/.canopy/env
ExecStart=node app.js
Restart=on-failure
`;

/** Values that a parser may get wrong. */
export const nastyEnv = {
  QUOTES: `it's "quoted"`,
  DOLLARS: '$HOME ${HOME} $$ $(id) `id` %h %%',
  BACKSLASHES: String.raw`C:\new\table \\ \" \$ \x41 end` + '\\',
  SPACES: '  two  before, a tab\tand two after  ',
  SIGNS: "# ; ! * ? [a] {b} ~ | & < > = == '",
  BRANDS: 'ÄÖÜ € 漢字 🚀',
  CONTROL: 'a\rb\u001b[1mc\u0007',
  EMPTY: '',
};

const appPort = 3000;
const system = '/etc/systemd/system';

export async function startSystemdWorld(): Promise<SystemdWorld> {
  const world = await startWorld(0);
  let host: NspawnHost;
  try {
    host = await startNspawn();
  } catch (error) {
    await world.stop();
    throw error;
  }
  writeFileSync(join(world.folder, 'known_hosts'), host.knownHosts);
  const canopy = (...words: string[]): Promise<Outcome> =>
    world.canopy(words, { CANOPY_SSH_KEY_FILE: host.keyFile });
  const sh: SystemdWorld['host'] = (script, ...words) => host.sh(script, ...words).trim();
  const put: SystemdWorld['put'] = (folder, name, text) =>
    void sh('mkdir -p "$1" && printf %s "$3" > "$1/$2"', folder, name, text);
  return {
    repo: world.repo,
    canopy,
    host: sh,
    put,
    deploy: () => canopy('deploy', '--environment', 'production'),
    status: async () =>
      (await canopy('status', '--environment', 'production')).json.data.environments[0].instances[0],
    clean: async () => {
      const { json } = await canopy('lock', 'show', '--environment', 'production');
      expect(json.data.locks).to.deep.equal([]);
    },
    install: async () => {
      const { rules } = (await canopy('explain', 'sudo')).json.data;
      put('/etc/sudoers.d', 'canopy', `${rules.join('\n')}\n`);
      put(system, 'shop.service', shopUnit('User=deploy\n'));
      sh('chmod 440 /etc/sudoers.d/canopy; visudo -cq; systemctl daemon-reload');
    },
    dropIn: (text) => {
      if (text === null) sh('rm -rf "$1/shop.service.d"', system);
      else put(`${system}/shop.service.d`, 'more.conf', `[Service]\n${text}\n`);
      sh('systemctl daemon-reload');
    },
    active: () => sh('systemctl is-active shop || true'),
    current: () => sh('readlink /srv/shop/current || true').replace(/^releases\//, ''),
    configure: (over = {}) =>
      writeFileSync(join(world.repo, 'canopy.yml'), canopyYml(world, host, { ...standard, ...over })),
    release: async (version, kind = 'good', more = '') => {
      world.commit(version, false, source(version, kind, more));
      const { code, stderr } = await canopy('package');
      if (code !== 0) throw new Error(stderr);
    },
    environment: async () => {
      try {
        const answer = await fetch(`http://${host.address}:${appPort}/env`, {
          signal: AbortSignal.timeout(2000),
        });
        return (await answer.json()) as Record<string, string>;
      } catch {
        // Nobody listens, or what listens is sick: that is an answer too.
        return null;
      }
    },
    stop: async () => {
      await host.stop();
      await world.stop();
    },
  };
}

const standard: Setup = {
  kind: 'systemd',
  unit: 'shop',
  health: '{ path: /health, release: x-release, within: 3s, every: 50ms, rise: 2 }',
  env: {},
  prepare: '',
  files: ['app.js', 'package.json'],
};

function canopyYml(
  world: World,
  host: NspawnHost,
  { kind, unit, health, env, prepare, files }: Setup,
): string {
  // Without PAM nothing tells a session where its user's systemd is.
  const port = kind === 'systemd' ? sshPorts.pam : sshPorts.plain;
  return `app: shop
store: \${env:CANOPY_STORE}
artifact: { files: ${JSON.stringify(files)} }
ssh: { knownHosts: ${world.folder}/known_hosts, key: "\${env:CANOPY_SSH_KEY_FILE:-}", config: /dev/null, connectTimeout: 3s }
environments:
  production:
    path: /srv/shop
    service: { ${kind}: ${unit} }
    health: ${health}
    rollout: { healthyFor: 0s }
    lock: { lease: 3s }
    ${prepare === '' ? '' : `hooks: { prepare: ${JSON.stringify(prepare)} }`}
    env: ${JSON.stringify(env)}
    instances:
      - { name: web-1, host: deploy@${host.address}:${port}, url: "http://127.0.0.1:${appPort}" }
`;
}

const source = (version: string, kind: Kind, more: string): string => `// version ${version}
import { createServer } from 'node:http';
${more}
${kind === 'dead' ? 'process.exit(1);' : kind === 'mortal' ? 'setTimeout(() => process.exit(1), 400);' : ''}
createServer((request, answer) => {
  answer.writeHead(${kind === 'sick' ? 500 : 200}, process.env.CANOPY_RELEASE ? { 'x-release': process.env.CANOPY_RELEASE } : {});
  answer.end(${kind === 'sick' ? '' : 'JSON.stringify(process.env)'});
})${kind === 'mute' ? '; setInterval(() => undefined, 1000)' : kind === 'activated' ? '.listen({ fd: 3 })' : `.listen(${appPort}, '0.0.0.0')`};
`;
