/** Who splits the traffic, once everything is worked in. */
import type { Lines } from './lines.ts';

export type BalancerChoice =
  'router' | 'none' | { readonly haproxy: HaproxyConfig } | { readonly commands: CommandsConfig };

export interface HaproxyConfig {
  /** SSH addresses; `local` is this machine. All of them carry the same traffic. */
  readonly hosts: readonly string[];
  /** The stats socket with level admin, on each of them: a path, or `host:port`. */
  readonly socket: string;
  readonly backend: string;
  /** Names of servers in the backend, by the instance, where they differ. */
  readonly servers: Readonly<Record<string, string>>;
}

export interface CommandsConfig {
  readonly drain: Lines;
  readonly ready: Lines;
  /** Sets the canary's share; null: there is no way to. */
  readonly weight: Lines | null;
  /** Exit code 0: the balancer is there. Null: nobody asks. */
  readonly check: Lines | null;
  /** For each of weight, check and ready; a drain has `rollout.drain`. */
  readonly timeoutMs: number;
}
