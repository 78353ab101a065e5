import { entry } from './kit/entry.ts';

export const incidentErrors = {
  'samples-file': entry<{ file: string; reason: string }>(
    2,
    (d) => `${d.file} cannot be used: ${d.reason}`,
    () => `see docs/watching.md`,
  ),
  'watch-absent': entry<Record<string, never>>(
    2,
    () => `canopy.yml has no section watch`,
    () => `watch: {} is enough; see docs/watching.md`,
  ),
  'watch-listen': entry<{ address: string; reason: string; advice: string }>(
    1,
    (d) => `the watch cannot listen on ${d.address}: ${d.reason}`,
    (d) => `${d.advice}; see watch.listen in canopy.yml`,
  ),
  'heartbeat-unknown': entry<{ name: string }>(
    1,
    (d) => `no target waits for a heartbeat named ${d.name}`,
    () => `watch.targets: { name, heartbeat: 25h } makes one`,
  ),
  'reaction-failed': entry<{ title: string; code: number; last: string }>(
    1,
    (d) => `${d.title} ended with exit code ${d.code}${d.last === '' ? '' : `: ${d.last}`}`,
    () => `try it by hand`,
  ),
  'incident-unknown': entry<{ id: string; suggestion: string }>(
    1,
    (d) => `there is no incident ${d.id}${d.suggestion}`,
    () => `canopy incident list --all shows them`,
  ),
};
