/** What a target cannot be up without: when that is down nobody has to be told of the target, too. Pure. */
import { parseUrl } from '../shared/url/parse-url.ts';
import { readAddress } from '../shared/url/ssh-address.ts';
import { subjectsOf } from '../config/rules/subjects.ts';
import type { Config, StoreConfig, WatchSubject } from '../config/types.ts';

const plain = (host: string): string => host.toLowerCase().replace(/^\[|\]$|\.$/g, '');
const hostOfUrl = (url: string): string => plain(parseUrl(url)?.hostname ?? '');
const hostOfSsh = (address: string): string => plain(readAddress(address)?.host ?? '');
const hostsOfStore = (store: StoreConfig): string[] =>
  store.kind === 'url' ? [hostOfUrl(store.url.reveal())] : store.sentinels.map(({ host }) => plain(host));

/** Where it is: names and addresses, in small letters. Of what runs on this machine, or comes by itself, none. */
export function hostsOf({ probe, instance }: WatchSubject, { environments }: Config): string[] {
  const found = environments[instance?.environment ?? '']?.instances.find(
    ({ name }) => name === instance?.name,
  );
  const own = found?.host === undefined || found.host === null ? [] : [hostOfSsh(found.host)];
  switch (probe?.kind) {
    case 'http':
      return [...own, hostOfUrl(probe.url)];
    case 'tcp':
    case 'tls':
      return [...own, plain(probe.host)];
    case 'ssh':
      return [...own, hostOfSsh(probe.address)];
    case 'redis':
      return [...own, ...hostsOfStore(probe.store)];
    default:
      return own;
  }
}

/**
 * By the name of each, all that it needs, the nearest first. What is written as `needs` counts alone. Else: what is on the machine of
 * an `ssh` target needs that; the balancer needs the router; a `url` that is written needs the balancer, unless it is on the
 * machine of an instance. Two that need each other would keep each other quiet: neither counts for the other.
 */
export function needsOf(config: Config): ReadonlyMap<string, readonly string[]> {
  const subjects = subjectsOf(config);
  const direct = new Map(subjects.map((one) => [one.name, directly(one, subjects, config)]));
  const all = new Map(subjects.map(({ name }) => [name, reached(name, direct)]));
  const isBack = (name: string, of: string): boolean => all.get(name)?.includes(of) === true;
  return new Map(
    [...all].map(([of, found]) => [of, found.filter((name) => name !== of && !isBack(name, of))]),
  );
}

/** All that can be reached from there. */
function reached(from: string, direct: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const next = [...(direct.get(from) ?? [])];
  for (let name = next.shift(); name !== undefined; name = next.shift()) {
    if (found.includes(name)) continue;
    found.push(name);
    next.push(...(direct.get(name) ?? []));
  }
  return found;
}

function directly(of: WatchSubject, subjects: readonly WatchSubject[], config: Config): readonly string[] {
  if (of.needs !== null) return of.needs;
  if (of.probe === null && of.instance === null) return [];
  const hosts = hostsOf(of, config);
  const has = (name: string): boolean => subjects.some((one) => one.name === name && one.probe !== null);
  const machines = subjects
    .filter(({ name, probe }) => probe?.kind === 'ssh' && name !== of.name && of.probe?.kind !== 'ssh')
    .filter((one) => hostsOf(one, config).some((host) => hosts.includes(host)))
    .map(({ name }) => name);
  if (of.name === 'balancer' && has('router')) return ['router', ...machines];
  const isWritten = config.watch?.targets.some(({ name }) => name === of.name) === true;
  const isOfInstance = subjects.some(
    (one) => one.instance !== null && hostsOf(one, config).some((host) => hosts.includes(host)),
  );
  return isWritten && of.probe?.kind === 'http' && has('balancer') && !isOfInstance
    ? ['balancer', ...machines]
    : machines;
}
