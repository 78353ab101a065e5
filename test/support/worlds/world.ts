/** A small world for end-to-end tests: a git repository with an application, a real sshd, a real Redis, the compiled steps. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startRedis } from '../services/redis.ts';
import { startSshd, type SshdOptions } from '../ssh/sshd.ts';
import { freePort } from '../temp.ts';
import { endWithUs } from '../with-us.ts';
import { appSource, configOf, type WorldConfig } from './world-files.ts';

export const root = resolve(import.meta.dirname, '../../..');

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  // The result document: tests look into it as they like.
  readonly json: any; // eslint-disable-line @typescript-eslint/no-explicit-any
}
export interface World {
  readonly folder: string;
  readonly repo: string;
  readonly redis: Awaited<ReturnType<typeof startRedis>>;
  readonly sshd: Awaited<ReturnType<typeof startSshd>>;
  /** Ports on which the instances answer. */
  readonly ports: readonly number[];
  /** The folder of an instance on its server. */
  path(instance: string): string;
  /** Commits a version of the application; `bad` never becomes healthy. */
  commit(version: string, bad?: boolean, source?: string): void;
  /** Rewrites canopy.yml. */
  configure(over: Partial<WorldConfig>): void;
  /** What the steps are started with. */
  readonly env: NodeJS.ProcessEnv;
  /** Runs a step to its end with --json. */
  canopy(words: readonly string[], env?: Readonly<Record<string, string>>): Promise<Outcome>;
  /** Starts one and returns the process. */
  begin(words: readonly string[], env?: Readonly<Record<string, string>>): Running;
  /** The release that an instance answers with, or null. */
  answers(at: number): Promise<string | null>;
  stop(): Promise<void>;
}
export interface Running {
  readonly child: ChildProcess;
  output(): string;
  readonly ended: Promise<Outcome>;
}

export async function startWorld(
  instances = 3,
  over: Partial<WorldConfig> = {},
  server: Pick<SshdOptions, 'forwarding' | 'path'> = {},
): Promise<World> {
  if (!existsSync(join(root, 'dist/canopy.js'))) throw new Error('dist/ is missing: npm run build');
  const folder = mkdtempSync(join(tmpdir(), 'canopy-world-'));
  const [redis, sshd] = await Promise.all([
    startRedis(),
    startSshd({ folder: join(folder, 'sshd'), record: join(folder, 'commands'), ...server }),
  ]);
  const ports = await Promise.all(Array.from({ length: instances }, freePort));
  const repo = join(folder, 'repo');
  mkdirSync(repo);
  writeFileSync(join(folder, 'known_hosts'), `${sshd.knownHostsLine}\n`);
  const path = (instance: string): string => join(folder, 'servers', instance, 'shop');
  let settings: WorldConfig = {
    sshd,
    ports,
    path,
    knownHosts: join(folder, 'known_hosts'),
    traffic: '',
    extra: '',
    service: '',
    each: () => '',
    rollout: '',
    ...over,
  };
  const git = (...words: string[]): void => {
    const ran = spawnSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...words], {
      cwd: repo,
      encoding: 'utf8',
    });
    if (ran.status !== 0) throw new Error(`git ${words.join(' ')}: ${ran.stderr}`);
  };
  git('init', '-q', '-b', 'release');
  writeFileSync(join(repo, '.gitignore'), '.canopy/\n');
  const configure = (next: Partial<WorldConfig>): void => {
    settings = { ...settings, ...next };
    writeFileSync(join(repo, 'canopy.yml'), configOf(settings));
  };
  configure({});
  const env = {
    ...process.env,
    CANOPY_STORE: redis.url,
    HOME: folder,
    XDG_STATE_HOME: join(folder, 'state'),
    CANOPY_SSH_KEY_FILE: sshd.keyFile,
  };
  const running = new Set<Running>();
  const begin: World['begin'] = (words, more = {}) => {
    const child = spawn('node', [join(root, 'dist/canopy.js'), ...words], {
      cwd: repo,
      env: { ...env, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    endWithUs(child);
    const text = { out: '', err: '' };
    child.stdout.on('data', (chunk: Buffer) => (text.out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (text.err += chunk.toString()));
    const ended = new Promise<Outcome>((done) => {
      child.on('close', (code) => done({ code, stdout: text.out, stderr: text.err, json: parsed(text.out) }));
    });
    const begun = { child, ended, output: () => text.out + text.err };
    running.add(begun);
    void ended.then(() => running.delete(begun));
    return begun;
  };
  const stopApps = (): void => {
    for (let at = 1; at <= instances; at += 1) stopApp(path(`web-${at}`));
  };
  process.once('exit', stopApps);
  return {
    folder,
    repo,
    redis,
    sshd,
    ports,
    path,
    configure,
    env,
    begin,
    commit: (version, bad = false, source = appSource(version, bad)) => {
      writeFileSync(join(repo, 'app.js'), source);
      writeFileSync(
        join(repo, 'package.json'),
        JSON.stringify({ name: 'shop', version: '1.0.0', type: 'module' }),
      );
      git('add', '-A');
      git('commit', '-qm', `version ${version}`);
    },
    canopy: (words, more) => begin([...words, '--json'], more).ended,
    answers: async (at) => {
      try {
        const answer = await fetch(`http://127.0.0.1:${ports[at]}/health`, {
          signal: AbortSignal.timeout(15_000),
        });
        return answer.headers.get('x-release');
      } catch {
        // Nobody listens: that is an answer too.
        return null;
      }
    },
    stop: async () => {
      process.off('exit', stopApps);
      stopApps();
      // A router is over when its workers are: until then they may write into the folder.
      for (const { child } of running) child.kill('SIGKILL');
      await Promise.all([...running].map(({ ended }) => ended));
      await sshd.stop();
      await redis.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Stops the application that an instance's pid file names. */
function stopApp(path: string): void {
  const file = join(path, 'shared/app.pid');
  if (!existsSync(file)) return;
  try {
    process.kill(Number(readFileSync(file, 'utf8')), 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No document: the test sees that in `json` and shows stdout.
    return null;
  }
}
