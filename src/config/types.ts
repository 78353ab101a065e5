/** The validated configuration: what a canopy.yml means once defaults, `extends` and overrides are worked in. */
import type { Secret } from '../shared/secret.ts';
import type { AnalysisConfig } from './analysis-types.ts';
import type { BalancerChoice } from './balancer-types.ts';
import type { Docker } from './docker-types.ts';
import type { Lines } from './lines.ts';
import type { GateConfig } from './gates-types.ts';
import type { Hardening } from './limits-types.ts';
import type { Sticky } from './sticky.ts';
import type { Workers } from './workers.ts';

export type { Lines } from './lines.ts';

export interface Config {
  /** Absolute path of the canopy.yml, and its folder. */
  readonly file: string;
  readonly folder: string;
  readonly app: string;
  readonly store: StoreConfig;
  readonly artifact: ArtifactConfig;
  readonly checks: ChecksConfig;
  readonly ssh: SshConfig;
  readonly environments: Readonly<Record<string, Environment>>;
  readonly traffic: TrafficConfig | null;
  readonly canary: CanaryConfig;
  readonly flags: { readonly file: string | null };
}

export type StoreConfig =
  | { readonly kind: 'url'; readonly url: Secret; readonly shown: string; readonly requireAuth: boolean }
  | {
      readonly kind: 'sentinels';
      readonly sentinels: readonly { readonly host: string; readonly port: number }[];
      readonly name: string;
      readonly password: Secret | null;
      readonly shown: string;
      readonly requireAuth: boolean;
    };

export interface ArtifactConfig {
  readonly build: Lines;
  readonly files: readonly string[];
  readonly irreversible: boolean;
  /** Nobody changes a file of a release in place. */
  readonly immutable: boolean;
}

export interface ChecksConfig {
  readonly tests: TestsCheck | null;
  readonly coverage: CoverageCheck | null;
  readonly lint: LintCheck | null;
}
export interface TestsCheck {
  readonly run: Lines;
  readonly report: readonly string[];
  /** Percent. */
  readonly minPassRate: number;
  readonly maxSkipped: number | null;
}
export interface CoverageCheck {
  readonly run: Lines;
  readonly report: readonly string[];
  /** Percent; null: not asked for. */
  readonly lines: number | null;
  readonly branches: number | null;
  readonly functions: number | null;
  readonly statements: number | null;
}
export interface LintCheck {
  readonly run: Lines;
  readonly report: readonly string[];
  readonly maxErrors: number;
  readonly maxWarnings: number | null;
}

export interface SshConfig {
  readonly knownHosts: readonly string[];
  readonly hostKeys: readonly string[];
  readonly acceptNew: boolean;
  readonly key: string | null;
  /** The OpenSSH client configuration to read. */
  readonly config: string;
  readonly connectTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly concurrency: number;
}

export interface Environment {
  readonly name: string;
  readonly branch: string | null;
  readonly instances: readonly Instance[];
  readonly rollout: Rollout;
  readonly hooks: Hooks;
  readonly lock: { readonly leaseMs: number; readonly waitMs: number };
}

/** One instance with every key of its environment worked in. */
export interface Instance {
  readonly name: string;
  readonly driver: 'ssh' | 'local' | 'docker';
  /** SSH address; null with the driver `local`. */
  readonly host: string | null;
  readonly url: string | null;
  readonly path: string;
  readonly shared: readonly string[];
  readonly keep: number;
  readonly service: Service;
  /** Null but for the driver `docker`: then the service has no meaning. */
  readonly docker: Docker | null;
  readonly env: Readonly<Record<string, string>>;
  /** Requests a second that it can take; null: nobody said. */
  readonly capacity: number | null;
  readonly health: HealthConfig;
  readonly tags: readonly string[];
}

export type Service =
  | { readonly kind: 'systemd'; readonly unit: string }
  | { readonly kind: 'user-systemd'; readonly unit: string }
  | {
      readonly kind: 'commands';
      readonly start: Lines;
      readonly stop: Lines;
      readonly status: Lines;
      /** The file that it logs to, absolute or below the release; null: nobody said. */
      readonly log: string | null;
    };

export type HealthProbe =
  | { readonly kind: 'http'; readonly path: string; readonly status: number }
  | { readonly kind: 'tcp'; readonly port: number }
  | { readonly kind: 'command'; readonly command: Lines }
  | { readonly kind: 'running'; readonly forMs: number };

export interface HealthConfig {
  readonly probe: HealthProbe;
  readonly withinMs: number;
  readonly everyMs: number;
  readonly rise: number;
  /** A header's name, or a JSON pointer into the body (`/release`), that tells the release which answers. */
  readonly release: string | null;
  readonly from: 'instance' | 'agent';
}

/** A count, or a percentage of the instances (rounded down, at least 1). */
export type Share = { readonly count: number } | { readonly percent: number };

export interface Rollout {
  readonly strategy: 'rolling' | 'blue-green' | 'all-at-once';
  /** One after the other; the last one is repeated. */
  readonly batch: readonly Share[];
  readonly maxUnavailable: Share;
  readonly healthyForMs: number;
  readonly pauseMs: number;
  readonly drainMs: number;
  readonly deadlineMs: number;
  /** So many instances may fail before the whole fleet goes back. */
  readonly maxFailures: number;
  readonly onFailure: 'revert' | 'freeze' | 'continue';
  /** Tags of the two groups of a blue-green environment. */
  readonly groups: readonly [string, string] | null;
  /** How long the old group of a blue-green switch stays up. */
  readonly keepWarmMs: number;
  /** Lost requests of the probe that the verdict allows; null: it only reports. */
  readonly maxLost: number | null;
  /** Percent of the last minute's load that must stay free beside it. */
  readonly margin: number;
  /** How long to wait until there is capacity enough to drain an instance. */
  readonly capacityWaitMs: number;
}

export interface Hook {
  readonly run: Lines;
  readonly on: 'instance' | 'agent';
  readonly timeoutMs: number;
}
export interface Hooks {
  readonly prepare: Hook | null;
  readonly once: Hook | null;
  readonly after: Hook | null;
  readonly failure: Hook | null;
}

export interface TrafficConfig extends Hardening {
  readonly balancer: BalancerChoice;
  readonly listen: Address;
  readonly admin: {
    readonly listen: Address;
    readonly token: Secret | null;
    readonly alertToken: Secret | null;
  };
  readonly stateDir: string;
  readonly trustedProxies: readonly string[];
  /** Names of environments. */
  readonly stable: string;
  readonly canary: string | null;
  /** Where clients reach it, seen from here; the probe of a deploy asks there. */
  readonly url: string;
  readonly probe: { readonly path: string; readonly everyMs: number };
  /** Percent of the requests for the canary when canary.steps is empty. */
  readonly weight: number;
  /** What a first state, and each `canary start`, begins with. */
  readonly sticky: Sticky;
  /** Processes that serve. */
  readonly workers: Workers;
  /** The header that overrides the split for a request, in small letters; `off`: none does. */
  readonly header: string;
  readonly health: {
    readonly path: string;
    readonly everyMs: number;
    readonly timeoutMs: number;
    readonly rise: number;
    readonly fall: number;
  };
  readonly revert: {
    /** Percent of the canary's answers. */
    readonly errorRate: number;
    readonly windowMs: number;
    readonly minRequests: number;
    readonly resume: 'auto' | 'manual';
    /** Doubled with each relapse. */
    readonly afterMs: number;
    /** The longest that it becomes. */
    readonly maxAfterMs: number;
  };
}
export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface CanaryConfig {
  readonly steps: readonly { readonly weight: number; readonly forMs: number }[];
  readonly analysis: AnalysisConfig;
  /** What is asked beside the analysis. */
  readonly gates: readonly GateConfig[];
}
