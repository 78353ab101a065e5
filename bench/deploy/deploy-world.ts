/** So many sshd servers on loopback, a Redis, and one release of 20 MB as files, archive and package. */
import { createHash, randomBytes } from 'node:crypto';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis } from '../../test/support/services/redis.ts';
import { makeKey, startSshd, type Sshd } from '../../test/support/ssh/sshd.ts';

const root = join(import.meta.dirname, '../..');
const files = 1000;
const bytes = 20 * 1024;

export interface Release {
  /** What the tools send: a folder, and the same as a .tgz. */
  readonly folder: string;
  readonly archive: string;
  /** The artifact that `canopy package` made of it. */
  readonly artifact: string;
}

export interface DeployWorld {
  readonly folder: string;
  readonly repo: string;
  readonly servers: readonly Sshd[];
  readonly keyFile: string;
  readonly knownHosts: string;
  readonly env: NodeJS.ProcessEnv;
  /** Where a tool puts its releases on a server. */
  path(tool: string, at: number): string;
  readonly first: Release;
  /** One file of 20 MB that does not pack. */
  readonly single: Release;
  /** As the first, with one file in a hundred changed. */
  readonly second: Release;
  /** Removes what the tools have put on the servers. */
  clean(): void;
  stop(): Promise<void>;
}

export async function deployWorld(count: number): Promise<DeployWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'canopy-bench-'));
  const redis = await startRedis();
  const keyFile = makeKey(join(folder, 'key'), 'ed25519');
  const servers: Sshd[] = [];
  for (let at = 0; at < count; at += 1)
    servers.push(
      await startSshd({
        folder: join(folder, `sshd-${at}`),
        accept: [keyFile],
        // Each is one controller's connections; the default would refuse the tenth that comes at once.
        config: ['MaxStartups 200', 'MaxSessions 100', 'Subsystem sftp internal-sftp'],
      }),
    );
  const knownHosts = join(folder, 'known_hosts');
  writeFileSync(knownHosts, servers.map((server) => `${server.knownHostsLine}\n`).join(''));
  const dist = built(join(folder, 'build'));
  const env = { ...process.env, HOME: folder, CANOPY_STORE: redis.url, CANOPY_SSH_KEY_FILE: keyFile };
  const path = (tool: string, at: number): string => join(folder, 'srv', tool, String(at), 'shop');
  const repo = join(folder, 'repo');
  mkdirSync(join(repo, 'app'), { recursive: true });
  for (let at = 0; at < files; at += 1) writeFileSync(join(repo, 'app', `${at}.js`), content(at));
  writeFileSync(join(repo, 'canopy.yml'), configOf(servers, knownHosts, path));
  execFileSync('git', ['init', '-q', '-b', 'release'], { cwd: repo });
  const pack = (name: string): Release => {
    execFileSync('git', ['add', '-A'], { cwd: repo });
    execFileSync('git', ['-c', 'user.name=b', '-c', 'user.email=b@example.org', 'commit', '-qm', name], {
      cwd: repo,
    });
    const ran = spawnSync('node', [join(dist, 'canopy.js'), 'package', '--json'], {
      cwd: repo,
      env,
      encoding: 'utf8',
    });
    if (ran.status !== 0) throw new Error(ran.stderr);
    const release = join(folder, name);
    cpSync(join(repo, 'app'), join(release, 'app'), { recursive: true, preserveTimestamps: true });
    const archive = `${release}.tgz`;
    execFileSync('tar', ['-czf', archive, '-C', release, 'app']);
    const { data } = JSON.parse(ran.stdout) as { data: { artifact: string } };
    return { folder: release, archive, artifact: data.artifact };
  };
  const first = pack('first');
  const app = join(repo, 'app');
  rmSync(app, { recursive: true });
  mkdirSync(app);
  writeFileSync(join(app, '999.js'), randomBytes(files * bytes));
  const single = pack('single');
  rmSync(app, { recursive: true });
  cpSync(join(folder, 'first/app'), app, { recursive: true, preserveTimestamps: true });
  for (let at = 0; at < files; at += 100) writeFileSync(join(repo, 'app', `${at}.js`), content(at + files));
  const second = pack('second');
  return {
    folder,
    repo,
    servers,
    keyFile,
    knownHosts,
    env: { ...env, CANOPY_BENCH_DIST: dist },
    path,
    first,
    second,
    single,
    clean: () => rmSync(join(folder, 'srv'), { recursive: true, force: true }),
    stop: async () => {
      for (const server of servers) await server.stop();
      await redis.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The steps, and beside them one that runs just a command; outside of the project, as on an agent. */
function built(folder: string): string {
  for (const name of ['src', 'steps', 'scripts', 'resources', 'package.json', 'tsconfig.json'])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  const command = readFileSync(join(import.meta.dirname, 'command-step.ts'), 'utf8');
  writeFileSync(join(folder, 'steps/command.ts'), command.replace('export const step =', 'export default'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  execFileSync('node', [join(folder, 'scripts/build.mjs')]);
  return join(folder, 'dist');
}

/** Half of it is text that packs well, half does not, as in a folder of bundles and pictures. */
function content(seed: number): Buffer {
  const line = `${createHash('sha256').update(String(seed)).digest('hex')} export const value = ${seed};\n`;
  return Buffer.concat([randomBytes(bytes / 2), Buffer.from(line.repeat(bytes / 2 / line.length))]);
}

function configOf(
  servers: readonly Sshd[],
  knownHosts: string,
  path: (tool: string, at: number) => string,
): string {
  const instances = servers.map(
    ({ user, port }, at) =>
      `      - { name: web-${at}, host: "${user}@127.0.0.1:${port}", path: "${path('canopy', at)}" }`,
  );
  return `app: shop
store: \${env:CANOPY_STORE}
artifact: { files: [app], immutable: true }
ssh: { knownHosts: ${knownHosts}, config: /dev/null, concurrency: 50 }
environments:
  production:
    service: { start: 'true', stop: 'true', status: 'true' }
    health: { command: 'true', rise: 1, every: 10ms, within: 30s }
    rollout: { strategy: all-at-once, healthyFor: 0s }
    instances:
${instances.join('\n')}
`;
}
