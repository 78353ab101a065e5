/** Everything that a rule can be about: by which names, what is measured of it, and how it is asked. Pure. */
import { parseUrl } from '../../shared/url/parse-url.ts';
import type { Config } from '../sections/config.ts';
import type { Instance } from '../sections/environment/environment.ts';
import { reached } from '../fields/here.ts';
import type { MetricName } from '../sections/watch/conditions.ts';
import type { TargetProbe } from '../sections/watch/targets.ts';

export interface WatchSubject {
  /** Of its samples; each has one of its own. */
  readonly name: string;
  /** By which `of` names it, beside its name. */
  readonly words: readonly string[];
  readonly metrics: readonly MetricName[];
  /** Null: it is not asked whether it is up. */
  readonly probe: TargetProbe | null;
  /** Names, as they are written; null: as far as that is known. */
  readonly needs: readonly string[] | null;
  readonly everyMs: number | null;
  readonly timeoutMs: number | null;
  /** The instance that it is, and its environment. */
  readonly instance: { readonly environment: string; readonly name: string } | null;
}

/** Names of what is there without being written. */
export const defaultNames = ['balancer', 'router', 'store'] as const;
/** The arms, by which the balancer counts. */
export const armNames = ['traffic', 'stable', 'canary'] as const;

const none = { words: [], needs: null, everyMs: null, timeoutMs: null, instance: null };
const ofHosts: readonly MetricName[] = ['cpu', 'memory', 'disk', 'load', 'pressure', 'restarts', 'oom'];

/** What is measured by a probe, and by that of a certificate, of a Redis, of a heartbeat. */
const ofProbes: readonly MetricName[] = ['down', 'latency'];
const ofCertificates: readonly MetricName[] = [...ofProbes, 'days'];
const ofRedis: readonly MetricName[] = [...ofProbes, 'lag'];
const ofHeartbeats: readonly MetricName[] = ['down', 'age'];

function measured(probe: TargetProbe): readonly MetricName[] {
  if (probe.kind === 'heartbeat') return ofHeartbeats;
  if (probe.kind === 'redis') return ofRedis;
  const isCertificate = probe.kind === 'tls' || (probe.kind === 'http' && /^https:/i.test(probe.url));
  return isCertificate ? ofCertificates : ofProbes;
}

export function subjectsOf(config: Config): WatchSubject[] {
  const { watch, traffic } = config;
  const written = (watch?.targets ?? []).map((target) => ({
    ...none,
    ...target,
    metrics: measured(target.probe),
  }));
  const arms = traffic === null ? [] : armNames;
  return [
    ...written,
    ...(watch?.defaults === false ? [] : defaults(config)),
    ...instances(config),
    ...arms.map((name) => ({
      ...none,
      name,
      metrics: ['requests', 'errors'] as const,
      probe: null,
    })),
  ];
}

function defaults({ traffic, store }: Config): WatchSubject[] {
  const probes: Partial<Record<(typeof defaultNames)[number], TargetProbe>> = {
    store: { kind: 'redis', store },
  };
  if (traffic !== null && traffic.balancer !== 'none')
    probes.balancer = get(`${traffic.url}${traffic.probe.path}`);
  if (traffic?.balancer === 'router' && traffic.admin.listen.port > 0)
    probes.router = get(`http://${reached(traffic.admin.listen)}/healthz`);
  return defaultNames.flatMap((name) => {
    const probe = probes[name];
    return probe === undefined ? [] : [{ ...none, name, metrics: measured(probe), probe }];
  });
}

const get = (url: string, status = 200): TargetProbe => ({ kind: 'http', url, status, contains: null });

/** Every instance: its host is measured, and it is asked where it has a url. */
function instances({ environments, traffic, watch }: Config): WatchSubject[] {
  const all = Object.values(environments);
  const names = all.flatMap((environment) => environment.instances.map(({ name }) => name));
  return all.flatMap(({ name: environment, instances: own }) =>
    own.map((instance) => {
      const isArm = traffic !== null && [traffic.stable, traffic.canary].includes(environment);
      const arm = environment === traffic?.stable ? 'stable' : 'canary';
      const probe = watch?.defaults === false ? null : probeOf(instance);
      // Two environments may both have one of that name.
      const isTwice = names.filter((name) => name === instance.name).length > 1;
      return {
        ...none,
        name: isTwice ? `${environment}/${instance.name}` : instance.name,
        words: [instance.name, environment, ...instance.tags, ...(isArm ? ['traffic', arm] : [])],
        metrics: [...(probe === null ? [] : measured(probe)), ...ofHosts],
        probe,
        instance: { environment, name: instance.name },
      };
    }),
  );
}

/** By its url, as far as its health can be asked from here. */
function probeOf({ url, health: { probe } }: Instance): TargetProbe | null {
  if (url === null) return null;
  if (probe.kind === 'http') return get(`${url}${probe.path}`, probe.status);
  const { protocol = '', hostname = '', port = '' } = parseUrl(url) ?? {};
  const usual = protocol === 'https:' ? 443 : 80;
  return {
    kind: 'tcp',
    host: hostname.replace(/^\[|\]$/g, ''),
    port: probe.kind === 'tcp' ? probe.port : Number(port) || usual,
  };
}

/** Whether an `of` means it; an empty one means all. */
export const isMeant = (of: readonly string[], { name, words }: WatchSubject): boolean =>
  of.length === 0 || of.includes(name) || words.some((word) => of.includes(word));
