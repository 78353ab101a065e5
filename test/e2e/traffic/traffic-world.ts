/** A small world with traffic: three stable instances, canary instances, and the compiled router in front of them. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endProcess } from '../../support/end-process.ts';
import { freePort } from '../../support/temp.ts';
import { waitFor } from '../../support/wait-for.ts';
import { startWorld, type Outcome, type Running, type World } from '../../support/worlds/world.ts';

export const TOKEN = 'full-token-of-the-test';
export const stable = ['web-1', 'web-2', 'web-3'] as const;

/** Fails its checks and all else, or `sick`: all else. */
/** `slow`: listens a second after its start. */
type Bad = boolean | 'sick' | 'slow';

export interface TrafficWorld {
  readonly world: World;
  readonly proxy: number;
  readonly admin: number;
  /** Commits a version, packages it, returns its release id and archive. */
  ship(version: string, bad?: Bad): Promise<{ readonly id: string; readonly file: string }>;
  /** Rewrites canopy.yml with these lines in its traffic section. */
  use(lines: string): void;
  canopy(...words: string[]): Promise<Outcome>;
  begin(...words: string[]): Running;
  deploy(environment: string, ...words: string[]): Promise<Outcome>;
  /** Starts the router; the one before has to be stopped. */
  startRouter(): Promise<Running>;
  /** Ends the router and waits. */
  stopRouter(signal?: NodeJS.Signals): Promise<Outcome>;
  /** The admin port: status and body. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into answers of many shapes
  ask(method: string, path: string, body?: unknown): Promise<{ status: number; body: any }>;
  /** The release that each instance answers with by itself: web-1, web-2, web-3, can-1, … */
  releases(): Promise<(string | null)[]>;
  /** What the instances wrote about their ends: requests that were under way, or came later. */
  cuts(): string[];
  stop(): Promise<void>;
}

export async function startTrafficWorld(
  more: {
    readonly rollout?: string;
    readonly traffic?: string;
    readonly canaries?: number;
    readonly stable?: number;
    readonly each?: (at: number) => string;
    readonly extra?: string;
    /** The canary section of canopy.yml. */
    readonly canary?: string;
  } = {},
): Promise<TrafficWorld> {
  const world = await startWorld(more.stable ?? 3, {
    rollout: more.rollout ?? '',
    extra: more.extra ?? '',
    ...(more.each ? { each: more.each } : {}),
  });
  const [proxy, admin, ...ports] = await freePorts(2 + (more.canaries ?? 1));
  const canaries = ports.map((_, at) => `can-${at + 1}`);
  const instances = ports.map((port, at) => {
    const name = `can-${at + 1}`;
    return `{ name: ${name}, host: ${world.sshd.user}@127.0.0.1:${world.sshd.port}, path: "${world.path(name)}", url: "http://127.0.0.1:${port}", env: { PORT: ${port} } }`;
  });
  const use = (lines: string): void =>
    world.configure({
      traffic: `  canary:
    extends: production
    rollout: { strategy: rolling }
    instances: [ ${instances.join(', ')} ]
traffic:
  listen: 127.0.0.1:${proxy}
  admin: { listen: 127.0.0.1:${admin}, token: "\${env:CANOPY_TOKEN:-}" }
  stable: production
  canary: canary
  weight: 10%
  ${lines.includes('sticky:') ? '' : 'sticky: none'}
  health: { path: /health, every: 100ms, timeout: 2s, rise: 1, fall: 3 }
  ${lines}
canary: ${more.canary ?? '{ steps: [{ weight: 20%, for: 1s }, { weight: 50%, for: 1s }] }'}`,
    });
  use(more.traffic ?? '');
  const env = { CANOPY_TOKEN: TOKEN };
  let router: Running | null = null;
  const urls = [...world.ports, ...ports].map((one) => `http://127.0.0.1:${one}/health`);
  const canopy = (...words: string[]): Promise<Outcome> => world.canopy(words, env);

  const self: TrafficWorld = {
    world,
    proxy,
    admin,
    use,
    canopy,
    begin: (...words) => world.begin([...words, '--json'], env),
    deploy: (environment, ...words) => canopy('deploy', '--environment', environment, ...words),
    async ship(version, bad = false) {
      commit(world.repo, version, bad);
      const packed = await canopy('package');
      if (packed.code !== 0) throw new Error(`package: ${packed.stderr}`);
      return { id: String(packed.json.data.id), file: String(packed.json.data.artifact) };
    },
    async startRouter() {
      const started = world.begin(['router'], env);
      router = started;
      await waitFor('the router', async () => {
        if (started.child.exitCode !== null) throw new Error(started.output());
        return (await self.ask('GET', '/healthz')).status === 200;
      });
      return started;
    },
    async stopRouter(signal = 'SIGTERM') {
      if (router === null) throw new Error('no router runs');
      const ending = router;
      router = null;
      ending.child.kill(signal);
      return ending.ended;
    },
    async ask(method, path, body) {
      const answer = await fetch(`http://127.0.0.1:${admin}${path}`, {
        method,
        headers: { authorization: `Bearer ${TOKEN}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(15_000),
      });
      const text = await answer.text();
      return { status: answer.status, body: text.startsWith('{') ? JSON.parse(text) : null };
    },
    releases: () => Promise.all(urls.map(releaseAt)),
    cuts: () => [...stable, ...canaries].flatMap((name) => cutsOf(world.path(name))),
    async stop() {
      // Its workers end with it.
      router?.child.kill('SIGTERM');
      await router?.ended;
      for (const file of canaries.map((name) => join(world.path(name), 'shared/app.pid')))
        if (existsSync(file)) endProcess(Number(readFileSync(file, 'utf8')));
      await world.stop();
    },
  };
  return self;
}

/** So many different ports: asked for at once, no two are the same. */
async function freePorts(count: number): Promise<[number, number, ...number[]]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports] as [number, number, ...number[]];
}

async function releaseAt(url: string): Promise<string | null> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(15_000) })).headers.get('x-release');
  } catch {
    // Nobody listens: that is an answer too.
    return null;
  }
}

function cutsOf(path: string): string[] {
  const file = join(path, 'shared/cuts');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
}

function commit(repo: string, version: string, bad: Bad): void {
  writeFileSync(join(repo, 'app.js'), source(version, bad));
  writeFileSync(join(repo, 'package.json'), '{ "name": "shop", "version": "1.0.0", "type": "module" }');
  for (const words of [
    ['add', '-A'],
    ['commit', '-qm', `version ${version}`],
  ]) {
    const ran = spawnSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...words], {
      cwd: repo,
      encoding: 'utf8',
    });
    if (ran.status !== 0) throw new Error(`git ${words.join(' ')}: ${ran.stderr}`);
  }
}

/** Answers after 20 ms. It writes down each request that was under way when it was told to stop, or came after that. */
const source = (version: string, bad: Bad): string => `// version ${version}
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
let inFlight = 0;
let stopping = false;
const cut = (what) => appendFileSync('../../shared/cuts', process.env.CANOPY_INSTANCE + ' ' + process.env.CANOPY_RELEASE + ' ' + what + '\\n');
const server = createServer((request, answer) => {
  const counts = request.url !== '/health';
  if (counts) {
    inFlight += 1;
    if (stopping) cut('late');
    answer.on('close', () => (inFlight -= 1));
  }
  answer.writeHead(${bad === 'sick' ? 'counts ? 500 : 200' : bad === true ? 500 : 200}, { 'x-release': process.env.CANOPY_RELEASE, 'x-instance': process.env.CANOPY_INSTANCE });
  setTimeout(() => answer.end('version ${version}'), counts ? 20 : 0);
});
setTimeout(() => server.listen(Number(process.env.PORT), '127.0.0.1'), ${bad === 'slow' ? 1000 : 0});
process.on('SIGTERM', () => {
  stopping = true;
  if (inFlight > 0) cut('under way: ' + inFlight);
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
`;
