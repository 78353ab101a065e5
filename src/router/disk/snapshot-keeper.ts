/** Keeps the state on the disk, with who is healthy. A disk that hangs must not keep anybody waiting. */
import type { Log } from '../../ports/ports.ts';
import type { TrafficState } from '../../traffic/index.ts';
import { withTimeout } from '../../shared/time.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { StateFile } from './state-file.ts';
import { messageOf } from '../../shared/text/thrown.ts';

const LIMIT_MS = 1000;

/** Each call resolves when the state is on the disk, or after a second: the first time that is told. */
export function openSnapshotKeeper(
  disk: StateFile,
  log: Log,
): (state: TrafficState, fleet: Fleet) => Promise<void> {
  let slow = false;
  return async (state, fleet) => {
    const healthy = fleet.members.filter((one) => one.health.state === 'healthy').map((one) => one.name);
    try {
      await withTimeout(disk.save(state, healthy), LIMIT_MS);
      slow = false;
    } catch (error) {
      if (!slow) log.warn(`slow disk: ${messageOf(error)}`);
      slow = true;
    }
  };
}
