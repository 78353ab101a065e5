/** Rules of addresses: each can be reached, and stands for one thing alone. */
import { isIPv4, isIPv6 } from 'node:net';
import type { Problem } from '../../errors/common.ts';
import { isLoopback } from '../../shared/url/loopback.ts';
import { parseUrl } from '../../shared/url/parse-url.ts';
import { readAddress } from '../../shared/url/ssh-address.ts';
import { rule } from '../fields/rule.ts';
import type { Config } from '../sections/config.ts';
import type { Instance } from '../sections/environment/environment.ts';
import type { Address } from '../sections/traffic/traffic.ts';

interface LocatedInstance {
  readonly at: string;
  readonly instance: Instance;
}

/** What may stand on this machine. */
type Owner = Readonly<Record<'name' | 'origin', string>>;

export function addressRules(config: Config): Problem[] {
  const { environments, traffic } = config;
  const placed = (name: string | null): LocatedInstance[] =>
    (environments[name ?? '']?.instances ?? []).map((instance, index) => ({
      at: `environments.${name}.instances[${index}]`,
      instance,
    }));
  const names = Object.keys(environments);
  // The router asks every instance from where it runs itself.
  const isRouter = traffic?.balancer === 'router';
  const routed = isRouter ? [...placed(traffic.stable), ...placed(traffic.canary)] : [];
  const found = [
    ...names.flatMap((name) => placed(name).flatMap(instanceRules)),
    ...names.flatMap((name) => twice(placed(name), seenFromItself)),
    ...(isRouter ? twice(routed, ({ url }) => originOf(url), ownPorts(traffic)) : []),
    ...(isRouter ? listenRules(traffic) : []),
    ...haproxyRules(config),
    ...storeRule('store', config.store),
  ];
  return found.filter(({ path }, index) => found.findIndex((other) => other.path === path) === index);
}

const written = 'write user@host, user@host:port, ssh://user@host:port or an alias of ~/.ssh/config';

export function sshRule(path: string, host: string): Problem[] {
  const found = readAddress(host);
  if (found === null) {
    const isPort = readAddress(host.replace(/:\d+(\/?)$/, '$1')) !== null;
    return [
      rule(
        path,
        isPort ? `"${host}" has a port that is not 1 to 65535` : `"${host}" is no address for SSH`,
        written,
      ),
    ];
  }
  if (/^\d+(\.\d+){3}$/.test(found.host) && !isIPv4(found.host))
    return [rule(path, `"${host}" is no IPv4 address`, 'write four numbers from 0 to 255, like 10.0.0.11')];
  return found.host.includes(':') && !isIPv6(found.host)
    ? [rule(path, `"${host}" is no IPv6 address`, 'write it like [2001:db8::1]:22')]
    : [];
}

const instanceRules = ({ at, instance: { host, url } }: LocatedInstance): Problem[] => [
  ...(host === null ? [] : sshRule(`${at}.host`, host)),
  ...(url !== null && /[?#]/.test(url)
    ? [
        rule(
          `${at}.url`,
          'has a ? or #, and paths are put behind it',
          'write http://host:port; a path goes into health.path',
        ),
      ]
    : []),
];

/** Where it is reached, however it is written: ports that go without saying, letters, the dot at the end of a name. */
function originOf(url: string | null): string | null {
  const parsed = url === null ? null : parseUrl(url);
  return parsed && originIn(parsed);
}

const originIn = ({ protocol, hostname, port }: URL): string =>
  `${protocol}//${hostname.replace(/\.$/, '')}:${port}`;

/** An address of the machine itself is another one on each server. */
function seenFromItself({ host, url }: Instance): string | null {
  const parsed = url === null ? null : parseUrl(url);
  if (parsed === null) return null;
  const name = parsed.hostname.replace(/^\[|\]$/g, '');
  const isOwn = isLoopback(name) || isAny(name);
  return `${isOwn ? (host ?? '') : ''} ${originIn(parsed)}${parsed.pathname.replace(/\/+$/, '')}`;
}

const isAny = (host: string): boolean => host === '0.0.0.0' || host === '::';

function twice(
  all: readonly LocatedInstance[],
  keyOf: (instance: Instance) => string | null,
  before: readonly Owner[] = [],
): Problem[] {
  const owners = new Map(before.map(({ name, origin }) => [origin, name]));
  return all.flatMap(({ at, instance }) => {
    const key = keyOf(instance);
    const owner = key === null ? undefined : owners.get(key);
    if (key !== null && owner === undefined) owners.set(key, `the url of ${instance.name}`);
    return owner === undefined
      ? []
      : [rule(`${at}.url`, `is also ${owner}`, 'give each instance the address where it alone answers')];
  });
}

type Traffic = NonNullable<Config['traffic']>;

/** Where the router listens itself. */
const ownPorts = ({ listen, admin }: Traffic): Owner[] =>
  Object.entries({ 'traffic.listen': listen, 'traffic.admin.listen': admin.listen }).flatMap(
    ([name, { host, port }]) =>
      port === 0
        ? []
        : (isAny(host) || isLoopback(host) ? ['127.0.0.1', 'localhost', '[::1]'] : [host])
            .flatMap(
              (one) =>
                originOf(`http://${one.includes(':') && !one.startsWith('[') ? `[${one}]` : one}:${port}`) ??
                [],
            )
            .map((origin) => ({ name, origin })),
  );

function listenRules({ listen, admin }: Traffic): Problem[] {
  const nameOf = ({ host }: Address): string => (isLoopback(host) ? 'loopback' : host.toLowerCase());
  const [own, other] = [nameOf(listen), nameOf(admin.listen)];
  return listen.port !== 0 &&
    listen.port === admin.listen.port &&
    (own === other || isAny(own) || isAny(other))
    ? [rule('traffic.admin.listen', 'is the same as traffic.listen', 'give the admin port another one')]
    : [];
}

function haproxyRules({ traffic }: Config): Problem[] {
  const choice = traffic?.balancer;
  if (choice === undefined || typeof choice === 'string' || !('haproxy' in choice)) return [];
  return choice.haproxy.hosts.flatMap((host, index) =>
    host === 'local' ? [] : sshRule(`traffic.balancer.haproxy.hosts[${index}]`, host),
  );
}

export function storeRule(path: string, store: Config['store']): Problem[] {
  if (store.kind === 'sentinels') return [];
  const url = store.url.reveal();
  const example = 'write redis://127.0.0.1:6379/0, or rediss:// for TLS';
  const [, place = ''] = /^rediss?:\/\/(?:.*@)?([^/?#]*)/i.exec(url) ?? [];
  if (place === '') return [rule(path, 'is no redis:// or rediss:// URL', example)];
  const parsed = parseUrl(url);
  if (parsed === null || parsed.port === '0') {
    const isPort = /:\d*$/.test(place);
    return [
      rule(path, isPort ? 'has a port that is not 1 to 65535' : 'has no host that a URL can name', example),
    ];
  }
  return /^\/?\d{0,5}$/.test(parsed.pathname)
    ? []
    : [rule(path, 'has no number of a database behind its host', example)];
}
