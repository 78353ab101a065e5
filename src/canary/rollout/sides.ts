/** The two environments that share the traffic. Pure. */
import type { Config, TrafficConfig } from '../../config/types.ts';
import { fail } from '../../errors.ts';

/** The traffic section with a canary; throws when canopy.yml has none. */
export function sides({ config }: { readonly config: Pick<Config, 'traffic'> }): {
  readonly traffic: TrafficConfig;
  readonly stable: string;
  readonly canary: string;
} {
  const { traffic } = config;
  if (traffic === null || traffic.canary === null) throw fail('no-traffic', {});
  return { traffic, stable: traffic.stable, canary: traffic.canary };
}
