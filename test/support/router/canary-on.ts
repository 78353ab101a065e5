import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sticky } from '../../../src/config/fields/sticky.ts';
import { snapshotText } from '../../../src/router/disk/snapshot.ts';
import { initial, type TrafficState } from '../../../src/traffic/index.ts';

/** A first state whose canary is on: that of a router that was switched on before, or of an older version's. */
export const switchedOn = (weight: number, epoch: number, sticky: Sticky = 'none'): TrafficState => ({
  ...initial(weight, epoch, sticky),
  enabled: true,
  begun: true,
});

/** A router that begins with this folder finds its canary on, unless it remembers something there already. */
export function rememberOn(stateDir: string, weight: number, sticky: Sticky): void {
  const file = join(stateDir, 'router.json');
  if (existsSync(file)) return;
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const state = { ...switchedOn(weight, 0, sticky), version: 0 };
  writeFileSync(file, snapshotText(state, []), { mode: 0o600 });
}
