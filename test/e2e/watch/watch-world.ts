/** Watchers as processes of their own, a target that can be killed, and a store. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis, type RunningRedis } from '../../support/services/redis.ts';
import { freePort } from '../../support/temp.ts';
import { waitFor } from '../../support/wait-for.ts';
import { root } from '../../support/worlds/world.ts';

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a result document, as tests look into it
  readonly json: any;
}

export interface Watching {
  readonly pid: number;
  /** What it has said so far. */
  readonly said: () => string;
  readonly ended: Promise<void>;
  signal(name: NodeJS.Signals): void;
}

export interface WatchWorld {
  readonly redis: RunningRedis;
  readonly folder: string;
  readonly site: Site;
  /** Lines that commands of rules have written. */
  readonly acted: () => string[];
  /** `canopy …` to its end. */
  canopy(...words: string[]): Promise<Ran>;
  watch(): Promise<Watching>;
  /** Writes canopy.yml anew: what stands below `watch:` and beside it. */
  configure(watch: string, more?: string): void;
  stop(): Promise<void>;
}

export interface Site {
  readonly url: string;
  up(): Promise<void>;
  down(): Promise<void>;
}

export async function startWatchWorld(watch: string, more = ''): Promise<WatchWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'canopy-watch-'));
  const redis = await startRedis();
  const site = await startSite();
  const acts = join(folder, 'acts');
  const running = new Set<ChildProcess>();
  const env = { PATH: process.env['PATH'], HOME: folder, CANOPY_STORE: redis.url, ACTS: acts };
  const configure = (section: string, beside = ''): void =>
    writeFileSync(
      join(folder, 'canopy.yml'),
      `app: shop\nstore: \${env:CANOPY_STORE}\n${beside}\nwatch:\n  stateDir: ${join(folder, 'state')}\n  defaults: false\n  every: 1s\n  timeout: 2s\n  confirm: 50ms\n  targets:\n    - { name: site, url: "${site.url}" }\n${section}`,
    );
  configure(watch, more);
  const begin = (words: readonly string[]): ChildProcess => {
    const child = spawn(process.execPath, [join(root, 'dist/bin/canopy.js'), ...words], { cwd: folder, env });
    running.add(child);
    child.once('exit', () => running.delete(child));
    return child;
  };
  return {
    redis,
    folder,
    site,
    configure,
    acted: () => (existsSync(acts) ? readFileSync(acts, 'utf8').trimEnd().split('\n') : []),
    canopy: async (...words) => {
      const child = begin([...words, '--json']);
      const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
      const [code] = (await once(child, 'close')) as [number | null];
      const text = stdout();
      return { code, stdout: text, stderr: stderr(), json: text.startsWith('{') ? JSON.parse(text) : null };
    },
    watch: async () => {
      const child = begin(['watch']);
      const said = [collect(child.stdout), collect(child.stderr)];
      return {
        pid: child.pid ?? 0,
        said: () => said.map((one) => one()).join(''),
        ended: once(child, 'close').then(() => undefined),
        signal: (name) => void child.kill(name),
      };
    },
    stop: async () => {
      for (const child of running) {
        const over = once(child, 'close');
        child.kill('SIGKILL');
        await over;
      }
      await site.down();
      await redis.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const collect = (stream: NodeJS.ReadableStream | null): (() => string) => {
  let text = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => void (text += chunk));
  return () => text;
};

async function startSite(): Promise<Site> {
  const port = await freePort();
  let server: Server | null = null;
  const site: Site = {
    url: `http://127.0.0.1:${port}/`,
    up: async () => {
      if (server !== null) return;
      server = createServer((_, answer) => void answer.end('ok'));
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
      if ((server.address() as AddressInfo).port !== port) throw new Error('another port');
    },
    down: async () => {
      const closing = server;
      server = null;
      if (closing === null) return;
      closing.closeAllConnections();
      closing.close();
      await once(closing, 'close');
    },
  };
  await site.up();
  return site;
}

/** The open incidents, as a user sees them. */
export const incidentsOf = async (
  world: WatchWorld,
): Promise<readonly { id: string; rule: string; state: string }[]> => {
  const { json } = await world.canopy('incident', 'list', '--all');
  return json.data.incidents;
};

export const waitForIncident = (world: WatchWorld, state: string) =>
  waitFor(`an incident that is ${state}`, async () =>
    (await incidentsOf(world)).find((one) => one.state === state),
  );
