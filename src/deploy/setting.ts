import type { Config, Environment, Instance } from '../config/types.ts';
import { fail } from '../errors.ts';
import type { Lease } from '../lock/index.ts';
import type { Opener } from '../opener.ts';
import type { Log } from '../ports.ts';
import { lookUp } from '../look-up.ts';

export interface Who {
  readonly name: string;
  readonly url: string;
  /** Tells this run from others of the same name; without it the lock is nobody's to release but by --steal. */
  readonly run?: string;
}

export interface Setting {
  readonly config: Config;
  readonly environment: string;
  readonly actor: Who;
  readonly open: Opener;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Names or tags; empty: all. */
  readonly only: readonly string[];
  /** False: touch instances without taking them out of the traffic. */
  readonly balanced: boolean;
  /** False: no probe runs beside the deploy. */
  readonly probed: boolean;
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
  },
  { actor, open, log, signal }: Pick<Setting, 'actor' | 'open' | 'log' | 'signal'>,
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
});

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
