/** Every key of the store with one line about it, as data: docs/keys.md is generated from it, and no step loads it. */
import {
  analysisKey,
  askedKey,
  auditStream,
  canaryPublic,
  deployKey,
  flagPlain,
  flagRecord,
  haproxyCounted,
  lockKey,
  routerCounts,
  routerLease,
  routerLeft,
  stickyKey,
  tokenKey,
  trafficChannel,
  trafficState,
  unreadableRecord,
} from './store-keys.ts';
import {
  fromNumber,
  guardKey,
  heartbeatKey,
  incidentKey,
  messageStream,
  openMessage,
  ruleStatesKey,
  silenceKey,
  watchLease,
} from './store-keys.operate.ts';

export interface StoreKey {
  readonly key: string;
  readonly type: 'string' | 'counter' | 'stream' | 'channel';
  /** Whether programs of other people may rely on it. */
  readonly promised: boolean;
  readonly says: string;
}

const key = (key: string, type: StoreKey['type'], says: string, promised = false): StoreKey => ({
  key,
  type,
  promised,
  says,
});

/** Every key with one line about it, as data for the documentation. */
export const storeKeys: readonly StoreKey[] = [
  key(
    flagPlain('<app>', '<name>'),
    'string',
    '`1` or `0`: whether the flag is on for a user without attributes; absent: never set',
    true,
  ),
  key(
    canaryPublic('<app>'),
    'string',
    'JSON with `enabled`, `weight` (percent) and `alert`: what the split of the traffic is now',
    true,
  ),
  key(
    flagRecord('<app>', '<name>'),
    'string',
    'JSON: the whole flag with its state, version, who set it and when',
  ),
  key(
    lockKey('<app>', '<environment>'),
    'string',
    'JSON: who holds the lock, why, since when; expires when it is not renewed',
  ),
  key(
    tokenKey('<app>', '<environment>'),
    'counter',
    'the highest fencing token given out; servers refuse commands with an older one',
  ),
  key(
    askedKey('<app>', '<environment>', '<job>'),
    'string',
    'JSON: the newest run of a Jenkins job that has asked for the environment: older ones give way; expires after 30 days',
  ),
  key(
    deployKey('<app>', '<environment>'),
    'string',
    'JSON: the journal of the last deploy: its state, what was done, what is being done',
  ),
  key(
    trafficState('<app>'),
    'string',
    'JSON: the traffic state that all routers share: weight, drained instances, alert, version',
  ),
  key(trafficChannel('<app>'), 'channel', 'a message whenever the traffic state has changed'),
  key(
    routerLease('<app>', '<id>'),
    'string',
    'JSON: a running router, the version it has applied and its requests in flight; expires',
  ),
  key(
    routerLeft('<app>', '<id>'),
    'string',
    'a router that has given its lease back: a drain does not wait for it to run out; expires',
  ),
  key(
    routerCounts('<app>', '<id>'),
    'string',
    'JSON: what a running router has counted of both arms, answers by kind and times in bins; expires',
  ),
  key(
    analysisKey('<app>'),
    'string',
    'JSON: how far the analysis of the canary has come; the next `canary analyse` goes on from there',
  ),
  key(
    stickyKey('<app>'),
    'string',
    'secret: what the routers sign their sticky cookies with, 64 hexadecimal digits; made by the first router',
  ),
  key(
    haproxyCounted('<app>'),
    'string',
    'JSON: the share of the canary, and what each HAProxy had counted when it was set',
  ),
  key(
    unreadableRecord('<app>', '<name>'),
    'string',
    'what stood at `canopy:<app>:<name>` and could not be read, before another record was written over it; expires after 30 days',
  ),
  key(
    heartbeatKey('<app>', '<name>'),
    'string',
    'JSON: when a heartbeat of that name came last, or since when the watch waits for the first',
  ),
  key(
    incidentKey('<app>', '<id>'),
    'string',
    'JSON: an incident with its ladder, who was told and what happened; one that is over expires after 90 days',
  ),
  key(
    silenceKey('<app>', '<name>'),
    'string',
    'JSON: nobody is told of this rule or target; expires when the silence ends',
  ),
  key(ruleStatesKey('<app>'), 'string', 'JSON: which rules hold, or are about to, for which targets'),
  key(
    guardKey('<app>'),
    'string',
    'JSON: whether what acts by itself is paused, and what it has done lately',
  ),
  key(watchLease('<app>'), 'string', 'JSON: which watcher leads; expires when it is not renewed'),
  key(
    auditStream('<app>'),
    'stream',
    'every action: an entry with the intent before it, one with the outcome after it',
  ),
  key(
    openMessage('<app>', '<by>', '<hash>'),
    'string',
    'JSON: the one message that is on its way by a means (`call`, `sms`, `mail`, a webhook) to an address, of which only a hash stands there; freed when its end is known',
  ),
  key(
    messageStream('<app>'),
    'stream',
    'every message: when, to whom, by what, the provider’s id and how it ended',
  ),
  key(
    fromNumber('<number>'),
    'string',
    'the application that calls and writes from this number: no other one may, for a call is looked up by its two numbers',
  ),
];
