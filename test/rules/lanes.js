// What `npm test` has to know of single files when it runs several at once. A file that is not named here needs no line.

/**
 * Seconds of the files that take long: they begin first. `npm test` ends with the slowest files; one above 30 s that is not
 * here belongs here, and a figure that is off by half does no harm.
 */
export const seconds = {
  'test/e2e/fleet.real.test.ts': 180,
  'test/e2e/fault.real.test.ts': 55,
  'test/e2e/hooks.real.test.ts': 48,
  'test/e2e/canary-analyse.real.test.ts': 45,
  'test/e2e/docker.real.test.ts': 41,
  'test/e2e/two-controllers.real.test.ts': 41,
  'test/e2e/docker-failures.real.test.ts': 40,
  'test/groovy/groovy.real.test.ts': 38,
  'test/e2e/secrets.real.test.ts': 33,
  'test/e2e/traffic-store.real.test.ts': 31,
  'test/e2e/router-workers.real.test.ts': 30,
  'test/lock/contenders.real.test.ts': 30,
  'test/balancer/contract.real.test.ts': 30,
  'test/steps/kit.real.test.ts': 25,
  'test/workers/primary.real.test.ts': 20,
};

/**
 * Files that must not run beside each other: what they would fight over, and the reason.
 * @type {Record<string, { why: string, files: readonly string[] }>}
 */
export const apart = {};
