/** From the checked file to the configuration: defaults are here, and nowhere else. */
import { sizeOf } from '../shared/share.ts';
import { buildAnalysis } from './analysis.ts';
import { buildDocker } from './docker.ts';
import { buildGates } from './gates.ts';
import { buildStore } from './store.ts';
import { buildTraffic } from './traffic.ts';
import { withEnvironment } from './layers.ts';
import type { RawConfig, RawEnvironment, RawHealth, RawHook, RawInstance } from './schema.ts';
import type {
  ChecksConfig,
  Config,
  Environment,
  HealthConfig,
  Hook,
  Instance,
  HealthProbe,
  Service,
  Share,
  SshConfig,
} from './types.ts';

interface BuildContext {
  readonly file: string;
  readonly folder: string;
  readonly home: string;
  /** CANOPY_STORE and CANOPY_SSH_KEY_FILE count where canopy.yml says nothing. */
  readonly env: { readonly store: string | null; readonly key: string | null };
  /** $XDG_STATE_HOME, or null. */
  readonly stateHome: string | null;
  /** Instances of an environment that come from a file. */
  readonly instances: (environment: string) => readonly RawInstance[];
}

const minute = 60_000;

export function build(raw: RawConfig, at: BuildContext): Config {
  const environments = Object.entries(raw.environments ?? {}).map(
    ([name, item]) => [name, environment(name, item, raw.app, at)] as const,
  );
  const analysis = buildAnalysis(raw.canary?.analysis ?? {});
  return {
    file: at.file,
    folder: at.folder,
    app: raw.app,
    store: buildStore(raw.store ?? at.env.store ?? undefined),
    artifact: {
      build: raw.artifact?.build ?? [],
      files: raw.artifact?.files ?? [],
      irreversible: raw.artifact?.irreversible ?? false,
      immutable: raw.artifact?.immutable ?? false,
    },
    checks: checks(raw.checks),
    ssh: ssh(raw.ssh, at),
    environments: Object.fromEntries(environments),
    traffic: raw.traffic ? buildTraffic(raw.traffic, raw.app, at) : null,
    canary: {
      steps: (raw.canary?.steps ?? []).map((step) => ({ weight: step.weight, forMs: step.for })),
      analysis,
      gates: buildGates(raw.canary?.gates, analysis.everyMs),
    },
    flags: { file: raw.flags?.file ?? null },
  };
}

function environment(name: string, raw: RawEnvironment, app: string, at: BuildContext): Environment {
  const rollout = raw.rollout ?? {};
  const batch = rollout.batch ?? [{ count: 1 }];
  return {
    name,
    branch: raw.branch ?? null,
    instances: at
      .instances(name)
      .map((item) => instance(withEnvironment(raw, item) as RawInstance, app, name)),
    rollout: {
      strategy: rollout.strategy ?? 'rolling',
      batch,
      maxUnavailable: rollout.maxUnavailable ?? largest(batch),
      healthyForMs: rollout.healthyFor ?? 10_000,
      pauseMs: rollout.pause ?? 0,
      drainMs: rollout.drain ?? 30_000,
      deadlineMs: rollout.deadline ?? 10 * minute,
      maxFailures: rollout.maxFailures ?? 0,
      onFailure: rollout.onFailure ?? 'revert',
      groups: rollout.strategy === 'blue-green' ? (rollout.groups ?? null) : null,
      keepWarmMs: rollout.keepWarm ?? 10 * minute,
      maxLost: rollout.maxLost ?? null,
      margin: rollout.margin ?? 20,
      capacityWaitMs: rollout.capacityWait ?? minute,
    },
    hooks: {
      prepare: hook(raw.hooks?.prepare),
      once: hook(raw.hooks?.once),
      after: hook(raw.hooks?.after),
      failure: hook(raw.hooks?.failure),
    },
    lock: { leaseMs: raw.lock?.lease ?? 30_000, waitMs: raw.lock?.wait ?? 0 },
  };
}

function instance(raw: RawInstance, app: string, environment: string): Instance {
  return {
    name: raw.name,
    driver: raw.driver ?? (raw.docker ? 'docker' : 'ssh'),
    host: raw.host ?? null,
    url: raw.url?.replace(/\/+$/, '') ?? null,
    path: raw.path ?? '',
    shared: raw.shared ?? [],
    keep: raw.keep ?? 5,
    service: service(raw.service),
    docker: buildDocker(raw, app, environment),
    env: raw.env ?? {},
    capacity: raw.capacity ?? null,
    health: health(raw.health ?? {}, raw.url !== undefined),
    tags: raw.tags ?? [],
  };
}

function service(raw: RawInstance['service']): Service {
  if (raw?.systemd !== undefined) return { kind: 'systemd', unit: raw.systemd };
  if (raw?.['user-systemd'] !== undefined) return { kind: 'user-systemd', unit: raw['user-systemd'] };
  return {
    kind: 'commands',
    start: raw?.start ?? [],
    stop: raw?.stop ?? [],
    status: raw?.status ?? [],
    log: raw?.log ?? null,
  };
}

function health(raw: RawHealth, hasUrl: boolean): HealthConfig {
  return {
    probe: probe(raw, hasUrl),
    withinMs: raw.within ?? 30_000,
    everyMs: raw.every ?? 500,
    rise: raw.rise ?? 2,
    release: raw.release ?? null,
    from: raw.from ?? 'instance',
  };
}

function probe(raw: RawHealth, hasUrl: boolean): HealthProbe {
  if (raw.tcp !== undefined) return { kind: 'tcp', port: raw.tcp };
  if (raw.command !== undefined) return { kind: 'command', command: raw.command };
  if (raw.running !== undefined || (raw.path === undefined && !hasUrl))
    return { kind: 'running', forMs: raw.running ?? 10_000 };
  return { kind: 'http', path: raw.path ?? '/health', status: raw.status ?? 200 };
}

const hook = (raw: RawHook | undefined): Hook | null =>
  raw === undefined
    ? null
    : { run: raw.run, on: raw.on ?? 'instance', timeoutMs: raw.timeout ?? 10 * minute };

/** A last share of everything means "the rest": it is not meant to be down at once. */
function largest(shares: readonly Share[]): Share {
  const meant =
    shares.length > 1 ? shares.filter((one) => !('percent' in one && one.percent >= 100)) : shares;
  return [...meant].sort((a, b) => sizeOf(b, 1000) - sizeOf(a, 1000))[0] ?? { count: 1 };
}

function checks(raw: RawConfig['checks']): ChecksConfig {
  const { tests, coverage, lint } = raw ?? {};
  return {
    tests: tests
      ? {
          run: tests.run ?? [],
          report: tests.report,
          minPassRate: tests.minPassRate ?? 100,
          maxSkipped: tests.maxSkipped ?? null,
        }
      : null,
    coverage: coverage
      ? {
          run: coverage.run ?? [],
          report: coverage.report,
          lines: coverage.lines ?? null,
          branches: coverage.branches ?? null,
          functions: coverage.functions ?? null,
          statements: coverage.statements ?? null,
        }
      : null,
    lint: lint
      ? {
          run: lint.run ?? [],
          report: lint.report,
          maxErrors: lint.maxErrors ?? 0,
          maxWarnings: lint.maxWarnings ?? null,
        }
      : null,
  };
}

function ssh(raw: RawConfig['ssh'], at: BuildContext): SshConfig {
  const home = (path: string): string => path.replace(/^~(?=\/|$)/, at.home);
  return {
    knownHosts: (raw?.knownHosts ?? ['~/.ssh/known_hosts']).map(home),
    hostKeys: raw?.hostKeys ?? [],
    acceptNew: raw?.acceptNew ?? false,
    key: home(raw?.key ?? at.env.key ?? '') || null,
    config: home(raw?.config ?? '~/.ssh/config'),
    connectTimeoutMs: raw?.connectTimeout ?? 10_000,
    keepAliveMs: raw?.keepAlive ?? 15_000,
    concurrency: raw?.concurrency ?? 20,
  };
}
