/**
 * The check that a release was deployed with, as data: it stands in its release.json, and on the way back the release is judged by
 * it, whatever canopy.yml says by then. What is read back is a stranger's text. Where it is asked stays with canopy.yml. Pure.
 */
import type { HealthConfig, Instance, HealthProbe } from '../../config/types.ts';
import { isObject, jsonIn, readBy, type Schema } from '../../record/record.ts';
import { flag, is, like, list, nullable, object, oneOf } from '../../record/fields.ts';

interface KeptCheck extends Pick<HealthConfig, 'release' | 'rise' | 'withinMs' | 'everyMs'> {
  /** `path` is the whole one, with that of the url. */
  readonly probe:
    | (HealthProbe & { readonly kind: 'http'; readonly tls: boolean; readonly port: number })
    | Exclude<HealthProbe, { readonly kind: 'http' }>;
}

/** Null when a secret of canopy.yml stands in it: nothing of that is written to a server. */
export function keptCheck(
  { health, url }: Pick<Instance, 'health' | 'url'>,
  masked: (text: string) => string,
): KeptCheck | null {
  const { release, rise, withinMs, everyMs } = health;
  const probe = keptProbe(health.probe, url);
  if (probe === null) return null;
  const texts = probe.kind === 'http' ? [probe.path] : probe.kind === 'command' ? probe.command : [];
  if (texts.some((text) => masked(text) !== text)) return null;
  const kept = { probe, release, rise, withinMs, everyMs };
  // What could not be read again is not written either.
  return readCheck(kept);
}

function keptProbe(probe: HealthProbe, url: string | null): KeptCheck['probe'] | null {
  if (probe.kind !== 'http') return probe;
  if (url === null) return null;
  const { protocol, port, pathname, search } = new URL(`${url}${probe.path}`);
  const tls = protocol === 'https:';
  return {
    kind: 'http',
    tls,
    port: port === '' ? (tls ? 443 : 80) : Number(port),
    path: `${pathname}${search}`,
    status: probe.status,
  };
}

/** Of the text of a release.json; null when there is none that can be taken. */
export function checkIn(text: string): KeptCheck | null {
  const json = jsonIn(text, 100_000);
  return json.ok && isObject(json.value) ? readCheck(json.value['health']) : null;
}

/** The instance with that check in place of its own. */
export function withCheck(instance: Instance, { probe, ...kept }: KeptCheck): Instance {
  const health = { ...instance.health, ...kept };
  if (probe.kind !== 'http') return { ...instance, health: { ...health, probe } };
  const { tls, port, path, status } = probe;
  // Whom to ask is canopy.yml's to say; without a word of it, the server itself.
  const url = new URL(instance.url ?? 'http://127.0.0.1');
  const login = url.username || url.password ? `${url.username}:${url.password}@` : '';
  return {
    ...instance,
    url: `${tls ? 'https' : 'http'}://${login}${url.hostname}:${port}`,
    health: { ...health, probe: { kind: 'http', path, status } },
  };
}

const between = (least: number, most: number): Schema<number> =>
  is(
    (value) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most,
    'is out of bounds',
  );
const port = between(1, 65_535);
const minute = 60_000;

const probes: Readonly<Record<KeptCheck['probe']['kind'], Schema<KeptCheck['probe']>>> = {
  http: object({
    kind: oneOf(['http']),
    tls: flag,
    port,
    path: like(/^\/[\x21-\x7e]{0,2000}$/, 'is no path'),
    status: between(100, 599),
  }),
  tcp: object({ kind: oneOf(['tcp']), port }),
  command: object({
    kind: oneOf(['command']),
    command: list(like(/^[^\0]{0,10000}$/, 'is no command'), 100),
  }),
  running: object({ kind: oneOf(['running']), forMs: between(0, 60 * minute) }),
};

const frame = object({
  probe: is<KeptCheck['probe']>(isObject, 'is none'),
  release: nullable(like(/^(?:\/[\x20-\x7e]{0,300}|[A-Za-z0-9-]{1,200})$/, 'is no header and no pointer')),
  rise: between(1, 1000),
  // Nobody waits for ever because of what stands on a server.
  withinMs: between(0, 60 * minute),
  everyMs: between(1, 10 * minute),
});

function readCheck(value: unknown): KeptCheck | null {
  const found = readBy(frame, value);
  if (!found.ok) return null;
  const { kind } = found.value.probe;
  const schema = Object.hasOwn(probes, kind) ? probes[kind] : undefined;
  const probe = schema ? readBy(schema, found.value.probe) : null;
  return probe?.ok === true ? { ...found.value, probe: probe.value } : null;
}
