/** The check that a release on a server was deployed with, read from there. */
import { readRecord } from '../../commands/release/release-folder.ts';
import type { Instance } from '../../config/types.ts';
import type { Host } from '../../ports/ports.ts';
import { checkIn, withCheck } from '../plan/kept-check.ts';

/** The instance with that check in place of its own; null when its server keeps none. A command in it runs on that server alone. */
export async function withKeptCheck(
  instance: Instance,
  release: string,
  host: Host,
): Promise<Instance | null> {
  const command = readRecord({ path: instance.path, id: release });
  const title = `read by which check ${release} is judged`;
  const ran = await host.run({ command, effect: 'read', title, timeoutMs: 30_000 });
  const check = ran.code === 0 ? checkIn(ran.stdout) : null;
  return check === null ? null : withCheck(instance, check);
}
