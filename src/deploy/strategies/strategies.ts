/** Every strategy, by its name in canopy.yml (`rollout.strategy`). Pure. */
import type { Rollout } from '../../config/types.ts';
import { allAtOnce } from './all-at-once.ts';
import { blueGreen } from './blue-green.ts';
import { rolling } from './rolling.ts';
import type { Strategy } from './strategy.ts';

export const strategies: Readonly<Record<Rollout['strategy'], Strategy>> = {
  rolling,
  'blue-green': blueGreen,
  'all-at-once': allAtOnce,
};
