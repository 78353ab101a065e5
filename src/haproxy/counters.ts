/** What HAProxy has counted an arm: for the picture of the split and for the judgement of a canary. Pure. */
import type { ServerCounters, HaproxyState } from './parse.ts';
import type { ArmServers, BackendServer } from './desired.ts';
import { lookUp } from '../shared/look-up.ts';

export interface ArmCounters {
  readonly requests: number;
  /** Answers of 500 and above, and requests without a whole answer. */
  readonly errors: number;
  /** `1xx` to `5xx`, `other`; `none`: no connection, or no whole answer. */
  readonly byClass: Readonly<Record<string, number>>;
}

interface HaproxyCounts {
  readonly stable: ArmCounters;
  readonly canary: ArmCounters;
}

/** The counters of one HAProxy, and which process has counted. */
export interface CounterReading {
  readonly host: string;
  readonly pid: number;
  readonly servers: Readonly<Record<string, ServerCounters>>;
}

export const readingOf = (host: string, { pid, servers }: HaproxyState): CounterReading => ({
  host,
  pid,
  servers: Object.fromEntries(Object.entries(servers).map(([name, { counters }]) => [name, counters])),
});

/** What was counted between two times, all HAProxys together. A process that is new since then counts from its start. */
export function countedSince(
  before: readonly CounterReading[],
  after: readonly CounterReading[],
  { stable, canary }: ArmServers,
): HaproxyCounts {
  const of = (members: readonly BackendServer[]): ArmCounters =>
    members
      .flatMap(({ server }) => after.map((reading) => gained(before, reading, server)))
      .reduce(plus, nothing);
  return { stable: of(stable), canary: of(canary) };
}

const nothing: ArmCounters = { requests: 0, errors: 0, byClass: {} };

function gained(before: readonly CounterReading[], after: CounterReading, server: string): ArmCounters {
  const now = countersOf(after, server);
  const past = before.find(({ host, pid }) => host === after.host && pid === after.pid);
  const then = past === undefined ? nothing : countersOf(past, server);
  // Somebody has cleared the counters: what is there now was counted since.
  return now.requests < then.requests ? now : minus(now, then);
}

function countersOf({ servers }: CounterReading, server: string): ArmCounters {
  const own = lookUp(servers, server);
  if (own === undefined) return nothing;
  const none = own.unconnected + own.unanswered;
  return {
    requests: Object.values(own.answers).reduce((sum, one) => sum + one, none),
    errors: own.answers['5xx'] + none,
    byClass: { ...own.answers, none },
  };
}

const plus = (a: ArmCounters, b: ArmCounters): ArmCounters => combined(a, b, (x, y) => x + y);
const minus = (a: ArmCounters, b: ArmCounters): ArmCounters => combined(a, b, (x, y) => Math.max(0, x - y));

function combined(a: ArmCounters, b: ArmCounters, how: (a: number, b: number) => number): ArmCounters {
  const classes = new Set([...Object.keys(a.byClass), ...Object.keys(b.byClass)]);
  return {
    requests: how(a.requests, b.requests),
    errors: how(a.errors, b.errors),
    byClass: Object.fromEntries(
      [...classes].map((name) => [name, how(a.byClass[name] ?? 0, b.byClass[name] ?? 0)]),
    ),
  };
}
