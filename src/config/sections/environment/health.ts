/** `health`: when an instance is healthy. */
import * as v from 'valibot';
import { atLeastOne, count, duration, lines, oneOf, port, text, urlPath } from '../../fields/fields.ts';
import type { Lines } from '../../fields/lines.ts';
import { key, lasts, section, type SectionOf, type WrittenOf } from '../../fields/section.ts';

/** What of it says which probe it is. */
const probes = section({
  path: key(urlPath, null),
  status: key(count, 200),
  tcp: key(port, null),
  command: key(lines, null),
  running: key(duration, null),
});
const rules = section({
  within: lasts(30_000),
  every: lasts(500),
  rise: key(atLeastOne, 2),
  /** A header's name, or a JSON pointer into the body (`/release`), that tells the release which answers. */
  release: key(
    v.pipe(
      text,
      v.regex(/^(\/.*|[A-Za-z0-9-]+)$/, 'must be the name of a header, or a JSON pointer like /release'),
    ),
    null,
  ),
  from: key(oneOf(['instance', 'agent']), 'instance'),
});
export const health = section({ ...probes.keys, ...rules.keys });

export type HealthProbe =
  | { readonly kind: 'http'; readonly path: string; readonly status: number }
  | { readonly kind: 'tcp'; readonly port: number }
  | { readonly kind: 'command'; readonly command: Lines }
  | { readonly kind: 'running'; readonly forMs: number };

export type HealthConfig = SectionOf<typeof rules> & { readonly probe: HealthProbe };

export const buildHealth = (written: WrittenOf<typeof health>, hasUrl: boolean): HealthConfig => ({
  probe: probeOf(probes.fill(written), hasUrl),
  ...rules.fill(written),
});

function probeOf(
  { path, status, tcp, command, running }: SectionOf<typeof probes>,
  hasUrl: boolean,
): HealthProbe {
  if (tcp !== null) return { kind: 'tcp', port: tcp };
  if (command !== null) return { kind: 'command', command };
  if (running !== null || (path === null && !hasUrl)) return { kind: 'running', forMs: running ?? 10_000 };
  return { kind: 'http', path: path ?? '/health', status };
}
