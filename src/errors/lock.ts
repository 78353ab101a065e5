import { entry } from './kit/entry.ts';

export const lockErrors = {
  'lock-held': entry<{ environment: string; holder: string; reason: string; since: string; url: string }>(
    4,
    (d) => `${d.environment} is locked by ${d.holder} since ${d.since}: ${d.reason} ${d.url}`,
    (d) =>
      `wait for it, or set lock.wait; when that run is dead for sure: canopy lock release --steal --environment ${d.environment}`,
    true,
  ),
  superseded: entry<{ environment: string; reason: string }>(
    4,
    (d) => `superseded on ${d.environment}: ${d.reason}`,
    () => `this run changes nothing there; run it again when it should come after that`,
  ),
  'lock-lost': entry<{ environment: string; reason: string }>(
    1,
    (d) => `the lock on ${d.environment} was lost: ${d.reason}`,
    () => `canopy status shows what runs where; run the deploy again when the store is back`,
  ),
  'lock-stale': entry<{ host: string; token: number; seen: number }>(
    4,
    (d) =>
      `${d.host} refused a command of this run: its token ${d.token} is older than ${d.seen}, another run has taken over`,
    () => `nothing was done there; canopy lock show names the holder`,
  ),
  'lock-foreign': entry<{ environment: string; holder: string; reason: string; since: string; url: string }>(
    4,
    (d) =>
      `the lock on ${d.environment} belongs to another run, ${d.holder}, since ${d.since}: ${d.reason} ${d.url}`,
    () =>
      `it expires by itself soon after that run has died; --steal takes it away at once: the servers then refuse the commands of its holder`,
  ),
  'host-busy': entry<{ host: string; file: string; limit: string }>(
    4,
    (d) => `${d.host}: another command of Canopy holds ${d.file} for more than ${d.limit}`,
    () => `wait for it to end, or log in and see what hangs (fuser on that file names the process)`,
    true,
  ),
  'token-unreadable': entry<{ host: string; file: string }>(
    1,
    (d) =>
      `${d.host}: ${d.file} holds no number that a run can have, so nobody knows whether this run is the newest`,
    () => `see that no other deploy runs, then remove that file: the next run writes it anew`,
  ),
};
