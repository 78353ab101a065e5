import { entry } from './entry.ts';

export const lockErrors = {
  'lock-held': entry<{ environment: string; holder: string; reason: string; since: string; url: string }>(
    4,
    (d) => `${d.environment} is locked by ${d.holder} since ${d.since}: ${d.reason} ${d.url}`,
    (d) => `wait for it, or set lock.wait; when that run is dead for sure: canopy lock release --steal --environment ${d.environment}`,
    true,
  ),
  'lock-lost': entry<{ environment: string; reason: string }>(
    1,
    (d) => `the lock on ${d.environment} was lost: ${d.reason}`,
    () => `canopy status shows what runs where; run the deploy again when the store is back`,
  ),
  'lock-stale': entry<{ host: string; token: number; seen: number }>(
    4,
    (d) => `${d.host} refused a command of this run: its token ${d.token} is older than ${d.seen}, another run has taken over`,
    () => `nothing was done there; canopy lock show names the holder`,
  ),
  'lock-foreign': entry<{ environment: string; holder: string }>(
    4,
    (d) => `the lock on ${d.environment} belongs to ${d.holder}`,
    () => `add --steal to take it away; the command of its holder is then refused on the servers`,
  ),
};
