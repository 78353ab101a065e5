/** Parameters that several steps have in common. Data alone: it is read before anything else is loaded. */
import type { Params } from './params.ts';

/** Of deploy and rollback. */
export const environmentParams = {
  environment: { type: 'string', describe: 'the environment', required: true, placeholder: 'NAME' },
} as const satisfies Params;

/** Of deploy and rollback. */
export const onlyParams = {
  only: { type: 'list', describe: 'only the instances with these names or tags', placeholder: 'NAME,TAG' },
} as const satisfies Params;

/** Of steps that take the lock of an environment. */
export const lockParams = {
  wait: {
    type: 'duration',
    describe: 'wait so long for a lock that another run holds; else lock.wait of canopy.yml',
    placeholder: 'DURATION',
  },
  order: {
    type: 'integer',
    describe:
      'give way to a run of the same job ($JOB_NAME) with a higher number that has asked for the environment',
    placeholder: 'NUMBER',
  },
} as const satisfies Params;

/** Of deploy, rollback and canary. */
export const trafficParams = {
  balancer: {
    type: 'boolean',
    describe: 'do not take instances out of the traffic first: requests may be lost',
    default: true,
  },
  probe: {
    type: 'boolean',
    describe: 'do not count lost requests by a probe through the balancer while it runs',
    default: true,
  },
} as const satisfies Params;
