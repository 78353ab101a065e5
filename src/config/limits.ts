/** Meaning and defaults of the keys of `traffic` that keep the router safe from bad peers. */
import { resolve } from 'node:path';
import type { RawHardening } from './limits-schema.ts';
import type { CircuitConfig, Hardening, Limits } from './limits-types.ts';

/** `folder`: where canopy.yml stands; the maintenance page is named from there. */
export function buildHardening(raw: RawHardening, folder: string): Hardening {
  const page = raw.maintenance?.page;
  return {
    limits: limits(raw.limits ?? {}),
    circuit: circuit(raw.circuit ?? {}),
    slowStartMs: raw.slowStart ?? 0,
    longLived: { drainMs: raw.longLived?.drain ?? 10_000 },
    maintenance: { page: page === undefined ? null : resolve(folder, page) },
  };
}

function limits(raw: NonNullable<RawHardening['limits']>): Limits {
  return {
    headerBytes: raw.header ?? 16 * 1024,
    headers: raw.headers ?? 200,
    urlBytes: raw.url ?? 8 * 1024,
    bodyBytes: raw.body ?? 1024 ** 3,
    headerTimeMs: raw.headerTime ?? 20_000,
    idleMs: raw.idle ?? 60_000,
    slowestBytes: raw.slowest ?? 100,
    answerMs: raw.answer ?? 300_000,
    quietMs: raw.quiet ?? 600_000,
    // Longer than the 60 s of the usual balancers in front, so that they close first.
    keepAliveMs: raw.keepAlive ?? 65_000,
    connections: raw.connections ?? 10_000,
    requests: raw.requests ?? 0,
  };
}

function circuit(raw: NonNullable<RawHardening['circuit']>): CircuitConfig {
  const openMs = raw.open ?? 2000;
  return {
    failures: raw.failures ?? 5,
    openMs,
    longestMs: Math.max(openMs, raw.longest ?? 60_000),
    on5xx: raw.on5xx ?? false,
    atMost: raw.atMost ?? 50,
  };
}
