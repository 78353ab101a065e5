/** Three instances and the routers in front of them, all on loopback. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis, type RunningRedis } from '../../test/support/services/redis.ts';
import { startService, type RouterService } from '../../test/support/router/router-service.ts';
import { freePort } from '../../test/support/temp.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import { haproxyConfig, instanceConfig, nginxConfig, type Behind } from './router-configs.ts';
import type { GoPeer } from './router-go.ts';
import { coresFor, elsewhere, found, pin, pinned } from './router-load.ts';
import type { Begin, Program } from './router-program.ts';

export interface Instance {
  readonly name: string;
  readonly port: number;
  readonly url: string;
  kill(): Promise<void>;
  start(): Promise<void>;
}

export interface RouterWorld {
  readonly folder: string;
  readonly redis: RunningRedis;
  /** Two of stable, then the canary. */
  readonly instances: readonly [Instance, Instance, Instance];
  /** HAProxy, and the file of its runtime API. */
  haproxy(every: string): Promise<Program & { readonly socket: string }>;
  /** Null: it is not installed. */
  nginx(): Promise<Program | null>;
  peer(name: string): Promise<Program>;
  go(peer: GoPeer, program: string): Promise<Program>;
  /** `every`: between two checks of an instance. */
  canopy(workers: number, every: string, traffic?: string): Promise<RouterService>;
  stop(): Promise<void>;
}

const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };

export async function routerWorld(): Promise<RouterWorld> {
  for (const program of ['haproxy', 'wrk'])
    if (!found(program)) throw new Error(`${program} is missing: apt-get install haproxy wrk`);
  const folder = mkdtempSync(join(tmpdir(), 'canopy-bench-'));
  const redis = await startRedis();
  const running = new Set<() => Promise<unknown>>();
  const children = new Set<ChildProcess>();
  const killNow = (): void => children.forEach((child) => child.kill('SIGKILL'));
  process.once('exit', killNow);
  const start: Begin = async (words, port, cores, more = {}) => {
    const [program, ...rest] = pinned(cores, words) as [string, ...string[]];
    const child = spawn(program, rest, { env: { ...env, ...more }, stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-4000)));
    children.add(child);
    const kill = async (): Promise<void> => {
      running.delete(kill);
      children.delete(child);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    };
    running.add(kill);
    await waitFor(
      words[0] ?? '',
      async () => {
        if (child.exitCode !== null) throw new Error(`${words.join(' ')} has ended: ${errors}`);
        return isOpen(port);
      },
      15_000,
    );
    return { pid: child.pid ?? 0, port, kill };
  };

  const instance = async (name: string): Promise<Instance> => {
    const port = await freePort();
    const file = join(folder, `${name}.cfg`);
    writeFileSync(file, instanceConfig(port));
    const begin = (): Promise<Program> => start(['haproxy', '-f', file], port, elsewhere());
    let now = await begin();
    return {
      ...{ name, port, url: `http://127.0.0.1:${port}` },
      kill: () => now.kill(),
      start: async () => void (now = await begin()),
    };
  };
  const instances = [await instance('web-1'), await instance('web-2'), await instance('canary-1')] as const;
  const [one, two, canary] = instances;
  const behind: Behind = { stable: [one.port, two.port], canary: canary.port };

  return {
    ...{ folder, redis, instances },
    async haproxy(every) {
      const [port, socket] = [await freePort(), join(folder, 'haproxy.sock')];
      const file = join(folder, 'haproxy.cfg');
      writeFileSync(file, haproxyConfig(port, socket, every, behind));
      return { ...(await start(['haproxy', '-f', file], port, coresFor(1))), socket };
    },
    async nginx() {
      if (!found('nginx')) return null;
      const port = await freePort();
      const own = join(folder, 'nginx');
      mkdirSync(own);
      writeFileSync(join(own, 'nginx.conf'), nginxConfig(port, own, behind));
      return start(['nginx', '-p', own, '-c', join(own, 'nginx.conf')], port, coresFor(1));
    },
    async peer(name) {
      const port = await freePort();
      const words = ['node', '--import', 'tsx', join(import.meta.dirname, 'router-peer.ts'), name, peers()];
      return start([...words, String(port), behind.stable.join(','), String(canary.port)], port, coresFor(1));
    },
    go: (peer, program) => peer.start(program, start, folder, behind),
    async canopy(workers, every, traffic = '') {
      const service = await startService({
        ...{ stable: [one, two], canary: [canary], store: redis.url, workers, traffic, every },
      });
      running.add(async () => {
        await service.stop();
        service.remove();
      });
      pin(service.child.pid ?? 0, coresFor(workers));
      return service;
    },
    async stop() {
      for (const end of [...running].reverse()) await end();
      process.off('exit', killNow);
      await redis.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Exact versions of the peers that are libraries; they are no dependencies of ours. */
export const peerVersions = { 'http-proxy': '1.18.1', fastify: '5.12.8', '@fastify/http-proxy': '11.6.3' };

/** The folder with the peers: BENCH_PEERS, or one that is filled and kept for the next run. */
function peers(): string {
  const folder = process.env['BENCH_PEERS'] ?? join(tmpdir(), 'canopy-bench-peers');
  if (Object.keys(peerVersions).every((name) => existsSync(join(folder, 'node_modules', name))))
    return folder;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const words = Object.entries(peerVersions).map(([name, version]) => `${name}@${version}`);
  const ran = spawnSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...words], {
    ...{ cwd: folder, encoding: 'utf8' },
  });
  if (ran.status !== 0) throw new Error(`npm install: ${ran.stderr}`);
  return folder;
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.once('error', () => resolve(false)).once('connect', () => socket.destroy());
  });
}
