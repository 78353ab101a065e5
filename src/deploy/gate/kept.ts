/** The check that a release on a server was deployed with, read from there. */
import type { Instance } from '../../config/types.ts';
import type { Host } from '../../ports/ports.ts';
import { runtimeOn } from '../runtime/runtimes.ts';
import { checkIn, withCheck } from '../plan/kept-check.ts';

/** The instance with that check in place of its own; null when its server keeps none. A command in it runs on that server alone. */
export async function withKeptCheck(
  instance: Instance,
  release: string,
  host: Host,
): Promise<Instance | null> {
  const record = await runtimeOn(instance, host).record(release);
  const check = record === null ? null : checkIn(record);
  return check === null ? null : withCheck(instance, check);
}
