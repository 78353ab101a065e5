/** `canopy router` as compiled, with a canopy.yml of its own, in front of instances that are given. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from '../temp.ts';
import { rememberOn } from './canary-on.ts';
import { waitFor } from '../wait-for.ts';
import type { InstanceAt } from './router.ts';

const root = resolve(import.meta.dirname, '../../..');
export const TOKEN = 'full-token-of-the-service';

export interface ServiceOptions {
  readonly stable: readonly InstanceAt[];
  readonly canary?: readonly InstanceAt[];
  /** Nothing was ever switched on: else a canary is on from the beginning. */
  readonly fresh?: boolean;
  /** A URL, or the text of a mapping. */
  readonly store: string;
  readonly workers?: number | 'auto';
  /** More lines below `traffic`, each indented by two. */
  readonly traffic?: string;
  /** Between two checks of an instance, 100ms by default. */
  readonly every?: string;
  readonly ports?: readonly [number, number];
  /** Descriptors that it is given as systemd would: the public socket and the admin one. */
  readonly sockets?: readonly number[];
  /** More of the environment, given the router's folder. */
  readonly env?: (folder: string) => Readonly<Record<string, string>>;
  /** More of the command line. */
  readonly words?: readonly string[];
}

export interface RouterService {
  readonly port: number;
  readonly adminPort: number;
  readonly folder: string;
  readonly child: ChildProcess;
  /** Everything it has printed. */
  log(): string;
  /** Living workers, in the order of their start. */
  workers(): number[];
  /** `canopy router restart`: exit code and output. */
  restart(): Promise<{ readonly code: number | null; readonly output: string }>;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into answers of many shapes
  ask(method: string, path: string, body?: unknown): Promise<{ status: number; body: any; text: string }>;
  /** Writes canopy.yml anew; with other `ports` it says so, and `ask` goes where it went. */
  configure(more: Partial<ServiceOptions>): void;
  /** Ends it and returns its exit code; workers that are left are ended too. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Removes its folder; after `stop`. */
  remove(): void;
  /** Starts it again with what is there. */
  start(): Promise<void>;
}

export async function startService(options: ServiceOptions): Promise<RouterService> {
  if (!existsSync(join(root, 'dist/canopy.js'))) throw new Error('dist/ is missing: npm run build');
  const folder = mkdtempSync(join(tmpdir(), 'canopy-service-'));
  const [port, adminPort] = options.ports ?? [await freePort(), await freePort()];
  const file = join(folder, 'canopy.yml');
  let settings = options;
  let child: ChildProcess;
  let closed: Promise<unknown>;
  let text = '';
  const killNow = (): void => void child.kill('SIGKILL');
  process.once('exit', killNow);
  const env = { ...process.env, CANOPY_TOKEN: TOKEN, HOME: folder, ...options.env?.(folder) };
  const configure = (more: Partial<ServiceOptions>): void => {
    settings = { ...settings, ...more };
    const [listen, admin] = settings.ports ?? [port, adminPort];
    writeFileSync(file, configOf(settings, { folder, port: listen, adminPort: admin }));
  };
  const hear = (chunk: Buffer): void => void (text += chunk.toString());

  const self: RouterService = {
    port,
    adminPort,
    folder,
    get child() {
      return child;
    },
    log: () => text,
    workers: () => (child.exitCode === null && child.signalCode === null ? childrenOf(child.pid ?? 0) : []),
    configure,
    async restart() {
      const words = [join(root, 'dist/canopy.js'), 'router', 'restart', '--config', file];
      const asked = spawn(process.execPath, words, { env, stdio: ['ignore', 'pipe', 'pipe'] });
      let output = '';
      for (const stream of [asked.stdout, asked.stderr]) stream.on('data', (chunk) => (output += chunk));
      const [code] = (await once(asked, 'close')) as [number | null];
      return { code, output };
    },
    async ask(method, path, body) {
      const answer = await fetch(`http://127.0.0.1:${adminPort}${path}`, {
        method,
        headers: { authorization: `Bearer ${TOKEN}`, connection: 'close' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const said = await answer.text();
      return { status: answer.status, text: said, body: said.startsWith('{') ? JSON.parse(said) : null };
    },
    async start() {
      const words = [process.execPath, join(root, 'dist/canopy.js'), 'router', '--config', file];
      const given = options.sockets ?? [];
      const activated = `LISTEN_PID=$$ LISTEN_FDS=${given.length} LISTEN_FDNAMES=public:admin exec "$@"`;
      const script = given.length === 0 ? 'exec "$@"' : activated;
      child = spawn('sh', ['-c', script, 'sh', ...words, ...(options.words ?? [])], {
        env,
        stdio: ['ignore', 'pipe', 'pipe', ...given],
      });
      closed = once(child, 'close');
      text = '';
      child.stdout?.on('data', hear);
      child.stderr?.on('data', hear);
      await waitFor(
        'the router',
        async () => {
          if (child.exitCode !== null) return true;
          return (await self.ask('GET', '/healthz')).status === 200 && / serves?$/m.test(text);
        },
        60_000,
      ).catch((error: Error) => {
        throw new Error(`${error.message}\n${text}`, { cause: error });
      });
      if (child.exitCode !== null) throw new Error(`the router ended: ${text}`);
    },
    async stop(signal = 'SIGTERM') {
      const left = self.workers();
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit');
        child.kill(signal);
        await ended;
      }
      await waitFor('the workers to end', () => !left.some(isAlive), 40_000);
      // What it has printed last may still be on its way here.
      await closed;
      process.off('exit', killNow);
      return child.exitCode;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  configure({});
  if (options.canary !== undefined && options.fresh !== true) rememberOn(join(folder, 'state'), 25, 'none');
  await self.start();
  return self;
}

export const isAlive = (pid: number): boolean => !['', 'Z'].includes(stateOf(pid));

function configOf(
  { stable, canary = [], store, workers, traffic = '', every = '100ms' }: ServiceOptions,
  at: { readonly folder: string; readonly port: number; readonly adminPort: number },
): string {
  const instances = (all: readonly InstanceAt[]): string =>
    all
      .map(({ name, url }) => `      - { name: ${name}, url: "${url}", path: ${at.folder}/${name} }\n`)
      .join('');
  return `app: shop
store: ${store}
environments:
  production:
    driver: local
    path: ${at.folder}/app
    service: { start: "true", stop: "true", status: "true" }
    instances:
${instances(stable)}${
    canary.length === 0 ? '' : `  canary:\n    extends: production\n    instances:\n${instances(canary)}`
  }traffic:
  listen: 127.0.0.1:${at.port}
  admin: { listen: 127.0.0.1:${at.adminPort}, token: "\${env:CANOPY_TOKEN}" }
  stateDir: ${at.folder}/state
  stable: production
${canary.length === 0 ? '' : '  canary: canary\n'}  weight: 25%
  sticky: none
  health: { path: /health, every: ${every}, timeout: 2s, rise: 1, fall: 3 }
${workers === undefined ? '' : `  workers: ${workers}\n`}${traffic}`;
}

function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return text.trim().split(/\s+/).filter(Boolean).map(Number).filter(isAlive);
  } catch {
    // It has ended in between.
    return [];
  }
}

function stateOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.[0] ?? '';
  } catch {
    // It has ended in between.
    return '';
  }
}
