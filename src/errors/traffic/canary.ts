import { entry } from '../kit/entry.ts';

export const canaryErrors = {
  'no-traffic': entry<Record<string, never>>(
    2,
    () => `canopy.yml has no traffic section with a canary`,
    () => `add traffic: { stable: production, canary: canary } and an environment for the canary`,
  ),
  'no-router': entry<Record<string, never>>(
    2,
    () => `canopy.yml asks for no router`,
    () => `add traffic: { balancer: router, stable: production }`,
  ),
  'canary-alert': entry<{ by: string; since: string; reason: string }>(
    1,
    (d) => `the alert of ${d.by} since ${d.since} still holds: ${d.reason}`,
    () => `when the cause is mended: canopy canary resume`,
  ),
  'canary-absent': entry<{ what: string }>(
    1,
    (d) => `there is no canary to ${d.what}`,
    () => `canopy canary start puts one up`,
  ),
  'canary-mixed': entry<{ environment: string; releases: string }>(
    1,
    (d) => `the instances of ${d.environment} run different releases: ${d.releases}`,
    () => `canopy canary start puts one release on all of them`,
  ),
  'canary-unproven': entry<{ instance: string; release: string; state: string }>(
    1,
    (d) => `${d.instance} cannot vouch for ${d.release}: it ${d.state} there`,
    () => `canopy canary start puts the release on the canary again where it is not healthy`,
  ),
  'canary-kept': entry<{ share: string }>(
    1,
    (d) => `the canary keeps its share of ${d.share} %`,
    () => `canopy canary stop takes it back, canopy canary promote tries again`,
  ),
  'canary-other-release': entry<{ canary: string; artifact: string }>(
    1,
    (d) => `the canary runs ${d.canary}, the artifact is ${d.artifact}`,
    () => `promote the artifact that the canary has tried: name it by --artifact`,
  ),
};
