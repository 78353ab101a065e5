/** The small world with a server of containers: its application is served by busybox, from an image FROM base:1. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startDockerHost, type DockerHost } from './dockerd.ts';
import { startWorld, type Outcome, type Running, type World } from '../worlds/world.ts';

export interface DockerWorld {
  readonly world: World;
  readonly host: DockerHost;
  /** Writes canopy.yml. */
  configure(over?: Partial<Setup>): void;
  /** Commits and packages a version of the application, with what `add` puts beside it; returns its release id. */
  release(version: string, kind?: Kind, add?: () => void): Promise<string>;
  canopy(...words: string[]): Promise<Outcome>;
  begin(...words: string[]): Running;
  deploy(...words: string[]): Promise<Outcome>;
  /** What `docker inspect` says of the container of an instance, by a format; empty when there is none. */
  inspect(format: string, instance?: string): string;
  /** The releases whose images are there, sorted. */
  images(instance?: string): string[];
  /** The release that an instance answers with, or null. */
  answers(instance?: string): Promise<string | null>;
  stop(): Promise<void>;
}

export interface Setup {
  readonly instances: readonly string[];
  /** More keys of `docker`, of the environment, of the file, as YAML. */
  readonly docker: string;
  readonly environment: string;
  readonly more: string;
  readonly health: string;
  readonly env: Readonly<Record<string, string>>;
  readonly rollout: string;
  /** Tags of an instance, as YAML; none by default. */
  readonly tags: Readonly<Record<string, string>>;
  /** Of the artifact. */
  readonly files: string;
  /** False: they run in the network of the server, at one port for all. */
  readonly isPublished: boolean;
}

/**
 * `sick` answers 500, `dead` ends at once, `mortal` after a moment, `stubborn` does not end when it is told to, `greedy` takes more
 * memory than it may, `checked` and `unwell` have a HEALTHCHECK that passes or fails, `broken` cannot be built.
 */
export type Kind =
  'good' | 'sick' | 'dead' | 'mortal' | 'stubborn' | 'greedy' | 'checked' | 'unwell' | 'broken';

const standard: Setup = {
  instances: ['web-1'],
  docker: '',
  environment: '',
  more: '',
  health: '{ path: /cgi-bin/health, release: x-release, within: 4s, every: 50ms, rise: 2 }',
  env: {},
  rollout: 'healthyFor: 0s',
  tags: {},
  files: 'Dockerfile, run.sh, www',
  isPublished: true,
};

/** Ports on the server, by the order of the names. */
const portOf = (instance: string): number => 3000 + Number(/\d+$/.exec(instance)?.[0] ?? 0);

export async function startDockerWorld(): Promise<DockerWorld> {
  const world = await startWorld(0);
  let host: DockerHost;
  try {
    host = await startDockerHost();
  } catch (error) {
    await world.stop();
    throw error;
  }
  writeFileSync(join(world.folder, 'known_hosts'), `${host.sshd.knownHostsLine}\n`);
  const env = { CANOPY_SSH_KEY_FILE: host.sshd.keyFile };
  const canopy = (...words: string[]): Promise<Outcome> => world.canopy(words, env);
  return {
    world,
    host,
    canopy,
    begin: (...words) => world.begin([...words, '--json'], env),
    deploy: (...words) => canopy('deploy', '--environment', 'production', ...words),
    configure: (over = {}) =>
      writeFileSync(join(world.repo, 'canopy.yml'), canopyYml(world, host, { ...standard, ...over })),
    release: async (version, kind = 'good', add) => {
      write(world.repo, version, kind);
      add?.();
      world.commit(version);
      const { code, stderr, json } = await canopy('package');
      if (code !== 0) throw new Error(stderr);
      return String(json.data.id);
    },
    inspect: (format, instance = 'web-1') =>
      host.sh('docker inspect -f "$1" "$2" 2>/dev/null || true', format, `canopy-shop-${instance}`),
    images: (instance = 'web-1') =>
      host
        .sh(`docker image ls --format '{{.Tag}}' "$1"`, `canopy-shop-${instance}`)
        .split('\n')
        .filter(Boolean)
        .sort(),
    answers: async (instance = 'web-1') => {
      try {
        const url = `http://${host.address}:${portOf(instance)}/cgi-bin/health`;
        return (await fetch(url, { signal: AbortSignal.timeout(2000) })).headers.get('x-release');
      } catch {
        // Nobody listens: that is an answer too.
        return null;
      }
    },
    stop: async () => {
      await host.stop();
      await world.stop();
    },
  };
}

function canopyYml(world: World, host: DockerHost, setup: Setup): string {
  const instances = setup.instances.map((name) => {
    const port = setup.isPublished ? portOf(name) : 3000;
    const network = setup.isPublished ? `ports: ["${host.address}:${port}:3000"]` : 'network: host';
    return `      - { name: ${name}, host: "root@${host.address}:${host.sshd.port}", path: ${join(host.folder, name, 'shop')}, url: "http://${host.address}:${port}", tags: [${setup.tags[name] ?? ''}], docker: { ${network} } }`;
  });
  return `app: shop
store: \${env:CANOPY_STORE}
artifact: { files: [${setup.files}] }
ssh: { knownHosts: ${world.folder}/known_hosts, key: "\${env:CANOPY_SSH_KEY_FILE:-}", config: /dev/null, connectTimeout: 3s }
environments:
  production:
    driver: docker
    docker: { stop: 2s, ${setup.docker} }
    health: ${setup.health}
    rollout: { ${setup.rollout} }
    lock: { lease: 3s }
    env: ${JSON.stringify(setup.env)}
${setup.environment}
    instances:
${instances.join('\n')}
${setup.more}
`;
}

function write(repo: string, version: string, kind: Kind): void {
  const check =
    kind === 'checked' || kind === 'unwell'
      ? `HEALTHCHECK --interval=200ms --timeout=2s --retries=2 CMD ${kind === 'checked' ? 'true' : 'false'}\n`
      : '';
  const build = kind === 'broken' ? 'RUN echo the reason stands here && exit 7\n' : '';
  mkdirSync(join(repo, 'www/cgi-bin'), { recursive: true });
  writeFileSync(
    join(repo, 'Dockerfile'),
    `FROM base:1\n${build}COPY run.sh /app/run.sh\nCOPY www /www\n${check}CMD ["sh", "/app/run.sh"]\n`,
  );
  writeFileSync(join(repo, 'run.sh'), starts[kind] ?? serve);
  // The second is what busybox takes for the front page.
  for (const name of ['health', 'index.cgi']) {
    const file = join(repo, 'www/cgi-bin', name);
    writeFileSync(file, answer(version, kind === 'sick'));
    chmodSync(file, 0o755);
  }
}

const serve = `echo "starts $CANOPY_RELEASE"
trap 'exit 0' TERM
httpd -f -p 3000 -h /www & wait
`;
const starts: Partial<Record<Kind, string>> = {
  dead: 'echo "this is why" >&2; exit 3\n',
  mortal: 'sleep 0.5; exit 1\n',
  stubborn: `trap '' TERM\nhttpd -f -p 3000 -h /www & while :; do wait; done\n`,
  greedy: `x=0123456789; while :; do x=$x$x; done\n`,
};

const answer = (version: string, sick: boolean): string => `#!/bin/sh
# version ${version}
printf 'Status: ${sick ? '500 Sick' : '200 OK'}\\r\\nX-Release: %s\\r\\nX-Instance: %s\\r\\n\\r\\n' "$CANOPY_RELEASE" "$CANOPY_INSTANCE"
env
`;
