/** The newest run that any of the servers has seen. Pure. */
import type { Instance } from '../../config/types.ts';
import { failAll, problem } from '../../errors.ts';
import { lookUp } from '../../shared/look-up.ts';
import type { FactsByInstance } from '../model/facts.ts';

/** A run a second would take 30,000 years to come here; a lock with a higher one could be written by nobody. */
const highest = 1e12;

/** Throws `token-unreadable` for each server that tells a number which no run has: taken over, it would shut all out for ever. */
export function highestToken(
  instances: readonly Pick<Instance, 'name' | 'path'>[],
  facts: FactsByInstance,
): number {
  const known = instances.map(({ name, path }) => ({
    host: name,
    path,
    token: lookUp(facts, name)?.token ?? 0,
  }));
  const against = known
    .filter(({ token }) => token > highest)
    .map(({ host, path }) => problem('token-unreadable', { host, file: `${path}/.canopy/token` }));
  if (against.length > 0) throw failAll(against);
  return Math.max(0, ...known.map(({ token }) => token));
}
