import type { Config, Environment, Instance } from '../config/types.ts';
import { fail } from '../errors.ts';
import type { Lease } from '../lock/index.ts';
import type { Opener } from '../opener.ts';
import type { Log } from '../ports.ts';

export interface Who {
  readonly name: string;
  readonly url: string;
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
  /** A lease that the caller holds already (promote). */
  readonly lease?: Lease;
}

export function environmentOf(config: Config, name: string): Environment {
  const found = Object.hasOwn(config.environments, name) ? config.environments[name] : undefined;
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
