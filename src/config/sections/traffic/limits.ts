/** The keys of `traffic` that keep the router safe from bad peers. */
import { resolve } from 'node:path';
import * as v from 'valibot';
import { count, duration, flag, percent, size, text } from '../../fields/fields.ts';
import { key, lasts, nested, section, sized, type SectionOf, type WrittenOf } from '../../fields/section.ts';

const from = (least: number, words: string) => v.minValue<number, number, string>(least, words);
const some = v.pipe(duration, from(100, 'must be 100ms or more'));

/** What one client may ask of a router. */
const limits = section({
  /** The longest head of a request, its target included; 431 beyond. */
  header: sized(
    16 * 1024,
    v.pipe(size, from(1024, 'must be 1KB or more'), v.maxValue(1024 * 1024, 'must be 1MB or less')),
  ),
  /** The most headers of a request; 431 beyond. */
  headers: key(v.pipe(count, from(10, 'must be 10 or more')), 200),
  /** The longest target; 414 beyond. */
  url: sized(8 * 1024, v.pipe(size, from(256, 'must be 256B or more'))),
  /** The longest body of a request; 413 beyond. 0: any. */
  body: sized(1024 ** 3),
  /** A head has to be complete within this. */
  headerTime: lasts(20_000, some),
  /** A client that has to send or to read must move `slowestBytes` a second, measured over this. 0: never cut. */
  idle: lasts(60_000),
  slowest: sized(100),
  /** The head of an answer has to come within this; 504 beyond. 0: any. */
  answer: lasts(300_000),
  /** An instance may pause so long in the middle of an answer; event streams as long as they like. 0: any. */
  quiet: lasts(600_000),
  /** A connection without a request is kept so long: longer than the 60 s of the usual balancers in front, so that they close first. */
  keepAlive: lasts(65_000, some),
  /** Connections at a time; the next ones get 503. 0: any. */
  connections: key(count, 10_000),
  /** Requests over one connection. 0: any. */
  requests: key(count, 0),
});
export type Limits = SectionOf<typeof limits>;

/** When an instance that passes its checks is spared all the same. */
const circuit = section({
  /** Failures in a row that open it. 0: never. */
  failures: key(count, 5),
  /** How long the first time; doubled each time, up to `longestMs`. */
  open: lasts(2000, some),
  longest: lasts(60_000),
  /** Whether a 5xx answer counts as a failure. */
  on5xx: key(flag, false),
  /** Percent of an arm's instances that may be out by it at a time. */
  atMost: key(percent, 50),
});
export type CircuitConfig = SectionOf<typeof circuit>;

export const hardening = section({
  limits: nested(limits),
  circuit: nested(circuit),
  /** An instance that is back gets a share that grows over this. 0: all of it at once. */
  slowStart: lasts(0),
  /** Tunnels and event streams of a drained instance are closed after this. */
  longLived: nested(section({ drain: lasts(10_000) })),
  /** HTML that is shown during maintenance: a file, absolute. */
  maintenance: nested(section({ page: key(text, null) })),
});
export type Hardening = SectionOf<typeof hardening>;

/** `folder`: where canopy.yml stands; the maintenance page is named from there. */
export function buildHardening(written: WrittenOf<typeof hardening>, folder: string): Hardening {
  const {
    limits: ofClients,
    circuit: breaker,
    slowStartMs,
    longLived,
    maintenance,
  } = hardening.fill(written);
  const { page } = maintenance;
  return {
    limits: ofClients,
    circuit: { ...breaker, longestMs: Math.max(breaker.openMs, breaker.longestMs) },
    slowStartMs,
    longLived,
    maintenance: { page: page === null ? null : resolve(folder, page) },
  };
}
