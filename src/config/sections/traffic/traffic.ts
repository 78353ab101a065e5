/** `traffic`: the router, or another balancer, and the split between stable and canary. */
import { Secret } from '../../../shared/secret.ts';
import { address, url } from '../../fields/address.ts';
import {
  anyText,
  count,
  duration,
  list,
  oneOf,
  percent,
  text,
  urlPath,
  weight,
} from '../../fields/fields.ts';
import {
  key,
  lasts,
  meant,
  needed,
  nested,
  section,
  type SectionOf,
  type WrittenOf,
} from '../../fields/section.ts';
import { reached, stateFolder } from '../../fields/here.ts';
import { balancer, buildBalancer, type BalancerChoice } from './balancer.ts';
import { buildHardening, hardening, type Hardening } from './limits.ts';
import { overrideHeader, sticky } from './sticky.ts';
import { workers } from './workers.ts';

const minute = 60_000;

const hidden = meant(anyText(), (written) => (written ? new Secret(written) : null));

const own = section({
  listen: key(address, { host: '127.0.0.1', port: 8080 }),
  admin: nested(
    section({
      listen: key(address, { host: '127.0.0.1', port: 8081 }),
      token: hidden,
      alertToken: hidden,
    }),
  ),
  /** Null: below the state folder of the user. */
  stateDir: key(text, null),
  trustedProxies: key(list(text), []),
  /** Names of environments. */
  stable: needed(text),
  canary: key(text, null),
  /** Where clients reach it, seen from here; the probe of a deploy asks there. Null: where it listens. */
  url: key(url, null),
  /** Null: that of `health`. */
  probe: nested(section({ path: key(urlPath, null), every: lasts(100) })),
  /** Percent of the requests for the canary when canary.steps is empty. */
  weight: key(weight, 33),
  /** What a first state, and each `canary start`, begins with. */
  sticky: key(sticky, 'cookie'),
  /** The header that overrides the split for a request, in small letters; `off`: none does. */
  header: key(overrideHeader, 'x-canary'),
  health: nested(
    section({
      path: key(text, '/health'),
      every: lasts(1000),
      timeout: lasts(5000),
      rise: key(count, 2),
      fall: key(count, 3),
    }),
  ),
  revert: nested(
    section({
      /** Percent of the canary's answers. */
      errorRate: key(percent, 5),
      window: lasts(10_000),
      minRequests: key(count, 20),
      resume: key(oneOf(['auto', 'manual']), 'auto'),
      /** Doubled with each relapse. */
      after: lasts(30_000),
      /** The longest that it becomes; null: 30 minutes, or `after` where that is longer. */
      maxAfter: key(duration, null),
    }),
  ),
  /** Processes that serve. */
  workers: key(workers, 1),
});
/** `balancer` and the keys of `hardening` are worked in with what stands elsewhere. */
export const traffic = section({
  balancer: meant(balancer, (written) => written),
  ...own.keys,
  ...hardening.keys,
});

type Own = SectionOf<typeof own>;
export type Address = Own['listen'];

export interface TrafficConfig extends Omit<Own, 'stateDir' | 'url' | 'probe' | 'revert'>, Hardening {
  readonly balancer: BalancerChoice;
  readonly stateDir: string;
  readonly url: string;
  readonly probe: { readonly path: string; readonly everyMs: number };
  readonly revert: Omit<Own['revert'], 'maxAfter'> & { readonly maxAfterMs: number };
}

export function buildTraffic(
  written: WrittenOf<typeof traffic>,
  app: string,
  at: { readonly folder: string; readonly home: string; readonly stateHome: string | null },
): TrafficConfig {
  const { url: reachedAt, probe, revert, stateDir, ...found } = own.fill(written);
  const { maxAfter, ...more } = revert;
  return {
    balancer: buildBalancer(written.balancer, app),
    ...found,
    url: (reachedAt ?? `http://${reached(found.listen)}`).replace(/\/+$/, ''),
    probe: { path: probe.path ?? found.health.path, everyMs: probe.everyMs },
    stateDir: stateFolder(stateDir, app, at),
    revert: { ...more, maxAfterMs: maxAfter ?? Math.max(30 * minute, revert.afterMs) },
    ...buildHardening(written, at.folder),
  };
}
