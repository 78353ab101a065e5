/** Peers that are programs of Go: Caddy and kamal-proxy, each found on PATH or by an environment variable. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../test/support/temp.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import { caddyConfig, type Behind } from './router-configs.ts';
import { coresFor } from './router-load.ts';
import type { Begin, Program } from './router-program.ts';

export interface GoPeer {
  readonly name: string;
  /** How one gets it. */
  readonly get: string;
  /** Its file, or null: it is not here. */
  program(): string | null;
  start(program: string, begin: Begin, folder: string, behind: Behind): Promise<Program>;
  /** Cookies of the requests, one after the other: only kamal-proxy's share depends on one. */
  readonly cookies: readonly string[];
}

const caddy: GoPeer = {
  name: 'Caddy',
  get: 'go install github.com/caddyserver/caddy/v2/cmd/caddy@v2.11.9, or apt-get install caddy (older)',
  program: () => programOf('BENCH_CADDY', 'caddy'),
  async start(program, begin, folder, behind) {
    const port = await freePort();
    const own = join(folder, 'caddy');
    mkdirSync(own);
    const file = join(own, 'Caddyfile');
    writeFileSync(file, caddyConfig(port, weighs(program), behind));
    const words = [program, 'run', '--config', file, '--adapter', 'caddyfile'];
    return begin(words, port, coresFor(1), { HOME: own, XDG_CONFIG_HOME: own, XDG_DATA_HOME: own });
  },
  cookies: [],
};

/** Its share is taken from the hash of a cookie that the application sets; without one a request is never the canary's. */
const kamal: GoPeer = {
  name: 'kamal-proxy',
  get: 'go install github.com/basecamp/kamal-proxy/cmd/kamal-proxy@latest',
  program: () => programOf('BENCH_KAMAL_PROXY', 'kamal-proxy'),
  async start(program, begin, folder, { stable, canary }) {
    const [port, tls] = [await freePort(), await freePort()];
    const own = join(folder, 'kamal-proxy');
    mkdirSync(own);
    const env = { HOME: own, XDG_RUNTIME_DIR: own };
    const words = [program, 'run', '--http-port', String(port), '--https-port', String(tls)];
    const running = await begin(words, port, coresFor(1), env);
    const at = (to: number): string => `127.0.0.1:${to}`;
    const tell = (...more: string[]): string => run([program, ...more], env);
    await waitFor('kamal-proxy to take commands', () => (tell('list'), true));
    tell('deploy', 'shop', '--target', stable.map(at).join(','));
    tell('rollout', 'deploy', 'shop', '--target', at(canary));
    tell('rollout', 'set', 'shop', '--percent', '25');
    return running;
  },
  // The hashes of a quarter of these, 66 of 256, lie below 25 %.
  cookies: Array.from({ length: 256 }, (_, at) => `kamal-rollout=${at * 7919}-client`),
};

export const goPeers: readonly GoPeer[] = [kamal, caddy];

function programOf(variable: string, name: string): string | null {
  const told = process.env[variable] ?? '';
  if (told !== '') return told;
  const { status, stdout } = spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}

/** As the program tells it, or the Go that looks into it. */
export function versionOf(program: string): string {
  const told = spawnSync(program, ['version'], { encoding: 'utf8' }).stdout ?? '';
  const built = spawnSync('go', ['version', '-m', program], { encoding: 'utf8' }).stdout ?? '';
  const found = /^v?(\d+(?:\.\d+)+)/m.exec(told) ?? /^\tmod\t\S+\tv?(\S+)/m.exec(built);
  return found?.[1] ?? 'unknown';
}

/** Versions before 2.7 know no weights. */
const weighs = (program: string): boolean =>
  run([program, 'list-modules']).includes('selection_policies.weighted_round_robin');

/** What it prints; throws what it says when it fails. */
function run(words: readonly string[], more: Readonly<Record<string, string>> = {}): string {
  const [program = '', ...rest] = words;
  const options = { encoding: 'utf8', env: { ...process.env, ...more }, timeout: 30_000 } as const;
  const { status, stdout, stderr, error } = spawnSync(program, rest, options);
  if (status !== 0) throw new Error(`${words.join(' ')}: ${error?.message ?? stderr}`);
  return stdout;
}
