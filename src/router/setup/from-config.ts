import type { Config } from '../../config/types.ts';
import { fail } from '../../errors.ts';
import type { RouterSetup } from './setup.ts';

/** The router's part of the configuration. Throws `no-router` when canopy.yml asks for none. */
export function setupOf({ app, traffic, environments }: Config): RouterSetup {
  if (traffic === null || traffic.balancer !== 'router') throw fail('no-router', {});
  const of = (name: string | null) => (name === null ? [] : (environments[name]?.instances ?? []));
  return { app, traffic, stable: of(traffic.stable), canary: of(traffic.canary) };
}
