/** The deploys in which controllers die: one strategy each. */
import type { FaultShape } from '../../support/worlds/fault-files.ts';

/**
 * `instances` one after the other, by SSH too, and with every hook there is; twice as many in batches of two; and two groups that
 * take turns.
 */
export const shapesOf = (instances: number): Readonly<Record<string, FaultShape>> => ({
  'rolling, local': { instances, driver: 'local', rollout: '' },
  'rolling, ssh': { instances, driver: 'ssh', rollout: '' },
  'hooks, local': { instances, driver: 'local', rollout: '', hooks: 'every' },
  'batches of two, local': {
    instances: instances * 2,
    driver: 'local',
    rollout: 'batch: 2, maxUnavailable: 2',
    together: 2,
  },
  'blue-green, local': {
    instances: instances * 2,
    driver: 'local',
    rollout: 'strategy: blue-green, groups: [blue, green], keepWarm: 1s',
    tags: ['blue', 'green'],
  },
});
