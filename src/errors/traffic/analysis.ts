import { entry } from '../kit/entry.ts';

export const analysisErrors = {
  'analysis-option': entry<{ name: string; value: string; allowed: string }>(
    2,
    (d) => `the analysis cannot be run with ${d.name} ${d.value}`,
    (d) => `it may be ${d.allowed}; canary.analysis in canopy.yml sets it`,
  ),
  'analysis-steps': entry<Record<string, never>>(
    2,
    () => `there is nothing to go through: canopy.yml has no canary.steps`,
    () =>
      `add canary: { steps: [{ weight: 5%, for: 10m }] }, or look at the present weight: canopy canary analyse --for 10m`,
  ),
  'analysis-counts': entry<{ arm: string; reason: string }>(
    1,
    (d) => `the counters of ${d.arm} cannot be right: ${d.reason}`,
    () => `GET /state on the admin port of each router shows what it has counted`,
  ),
  'analysis-traffic': entry<{ value: string }>(
    2,
    (d) => `"${d.value}" is no amount of traffic`,
    () => `write requests a second, a minute or an hour: 10/s, 30/m, 500/h`,
  ),
};
