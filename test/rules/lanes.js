// What `npm test` has to know of single files when it runs several at once. A file that is not named here needs no line.

/**
 * Seconds of the files that take long: they begin first. `npm test` ends with the slowest files; one above 30 s that is not
 * here belongs here, and a figure that is off by half does no harm.
 */
export const seconds = {
  'test/groovy/groovy.real.test.ts': 230,
  'test/e2e/deploy/fleet.real.test.ts': 251,
  'test/e2e/failures/fault.real.test.ts': 145,
  'test/e2e/failures/resume-emptied.real.test.ts': 145,
  'test/e2e/servers/takeover.real.test.ts': 140,
  'test/messages/once.real.test.ts': 130,
  'test/e2e/deploy/service-changed.real.test.ts': 110,
  'test/e2e/docker/docker-failures.real.test.ts': 88,
  'test/e2e/failures/health-changed.real.test.ts': 77,
  'test/e2e/docker/docker.real.test.ts': 73,
  'test/e2e/canary/canary-analyse.real.test.ts': 72,
  'test/e2e/docker/docker-resume.real.test.ts': 71,
  'test/e2e/deploy/hooks.real.test.ts': 62,
  'test/e2e/failures/two-controllers.real.test.ts': 56,
  'test/balancer/contract.real.test.ts': 53,
  'test/e2e/failures/rollback-chain.real.test.ts': 50,
  'test/e2e/servers/foreign.real.test.ts': 100,
  'test/e2e/deploy/evidence.real.test.ts': 45,
  'test/drivers/ssh/config/beside-openssh.real.test.ts': 45,
  'test/e2e/failures/deploy-end.real.test.ts': 40,
  'test/e2e/failures/deploy-again.real.test.ts': 40,
  'test/e2e/deploy/secrets.real.test.ts': 40,
  'test/e2e/traffic/traffic-store.real.test.ts': 40,
  'test/e2e/router/router-workers.real.test.ts': 40,
  'test/e2e/router/router-systemd.real.test.ts': 40,
  'test/lock/contenders.real.test.ts': 30,
  'test/steps/kit.real.test.ts': 25,
  'test/workers/primary.real.test.ts': 20,
};

/**
 * Files that must not run beside each other: what they would fight over, and the reason.
 * @type {Record<string, { why: string, files: readonly string[] }>}
 */
export const apart = {};
