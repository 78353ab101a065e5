import type { Config, Environment, Instance } from '../../config/types.ts';
import { fail } from '../../errors.ts';
import type { Lease, Turn } from '../../lock/index.ts';
import type { Opener } from '../../opener.ts';
import type { Log } from '../../ports/ports.ts';
import { lookUp } from '../../shared/look-up.ts';

export interface RunIdentity {
  readonly name: string;
  readonly url: string;
  /** Tells this run from others of the same name; without it the lock is nobody's to release but by --steal. */
  readonly run?: string;
}

interface Queue {
  /** Milliseconds to wait for each lock, where canopy.yml says no more; null: as it says. */
  readonly waitMs: number | null;
  /** Null: this run gives way to none of its job. */
  readonly turn: Turn | null;
}

export interface Setting {
  readonly config: Config;
  readonly environment: string;
  readonly actor: RunIdentity;
  readonly open: Opener;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Names or tags; empty: all. */
  readonly only: readonly string[];
  /** False: touch instances without taking them out of the traffic. */
  readonly balanced: boolean;
  /** False: no probe runs beside the deploy. */
  readonly probed: boolean;
  /** How it asks for the lock of its environment; absent: as canopy.yml says. */
  readonly queue?: Queue;
  /** A lease that the caller holds already (promote). */
  readonly lease?: Lease;
}

/** What the steps deploy and rollback have in common. */
export const settingOf = (
  config: Config,
  params: {
    readonly environment: string;
    readonly only: readonly string[];
    readonly balancer: boolean;
    readonly probe: boolean;
    readonly wait: number | null;
    readonly order: number | null;
  },
  { actor, open, log, signal, env }: Pick<Setting, 'actor' | 'open' | 'log' | 'signal'> & Environ,
): Setting => ({
  config,
  environment: params.environment,
  actor,
  open,
  log,
  signal,
  only: params.only,
  balanced: params.balancer,
  probed: params.probe,
  queue: queueOf(params, { env }),
});

interface Environ {
  /** A variable of the environment. */
  env(name: string): string | undefined;
}

/** How a step asks for its lock. Throws `usage` for an order of no job. */
export function queueOf(
  { wait, order }: { readonly wait: number | null; readonly order: number | null },
  { env }: Environ,
): Queue {
  if (order === null) return { waitMs: wait, turn: null };
  const job = env('JOB_NAME');
  if (!job) throw fail('usage', { reason: '--order needs the job in JOB_NAME', step: 'deploy' });
  return { waitMs: wait, turn: { job, order } };
}

export function environmentOf(config: Config, name: string): Environment {
  const found = lookUp(config.environments, name);
  if (!found)
    throw fail('no-environment', { name, known: Object.keys(config.environments).join(', ') || 'none' });
  return found;
}

/** The instances that `only` names, by name or tag; all when it is empty. */
export function chosen(environment: Environment, only: readonly string[]): readonly Instance[] {
  const found = environment.instances.filter(
    ({ name, tags }) => only.length === 0 || only.some((word) => word === name || tags.includes(word)),
  );
  if (found.length > 0) return found;
  throw fail('no-instances', {
    environment: environment.name,
    only: only.length > 0 ? ` called or tagged ${only.join(', ')}` : '',
  });
}
