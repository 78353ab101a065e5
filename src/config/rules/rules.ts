/** Rules that cross keys: everything the shape alone cannot say. */
import type { Problem } from '../../errors/common.ts';
import { isLoopback } from '../../shared/url/loopback.ts';
import { suggest } from '../../shared/text/suggest.ts';
import { addressRules } from './addresses.ts';
import { analysisRules } from '../sections/canary/analysis.ts';
import { balancerRules } from './balancer.ts';
import { dockerRules } from './docker.ts';
import { gatesRules } from '../sections/canary/gates.ts';
import { placeRules } from './places.ts';
import { rolloutRules, switchRules } from './rollout.ts';
import { isNetwork } from '../fields/address.ts';
import { rule } from '../fields/rule.ts';
import type { Config } from '../sections/config.ts';
import type { Environment, Instance } from '../sections/environment/environment.ts';
import type { Address, TrafficConfig } from '../sections/traffic/traffic.ts';

export function checkRules(config: Config): Problem[] {
  return [
    ...Object.values(config.environments).flatMap((environment) => environmentRules(environment)),
    ...placeRules(config),
    ...dockerRules(config),
    ...switchRules(config),
    ...balancerRules(config),
    ...trafficRules(config),
    ...analysisRules(config.canary.analysis),
    ...gatesRules(config.canary.gates),
    ...addressRules(config),
  ];
}

function environmentRules(environment: Environment): Problem[] {
  const at = `environments.${environment.name}`;
  const { instances } = environment;
  const found = instances.flatMap((instance, index) => instanceRules(instance, `${at}.instances[${index}]`));
  found.push(
    ...twice(
      instances.map((instance) => instance.name),
      (name, index) =>
        rule(
          `${at}.instances[${index}].name`,
          `the name ${name} stands twice`,
          'give each instance a name of its own',
        ),
    ),
  );
  found.push(...rolloutRules(environment, at));
  if (environment.lock.leaseMs < 3000) {
    found.push(rule(`${at}.lock.lease`, 'a lease under 3s is lost by a short hiccup', 'use 30s'));
  }
  return found;
}

function instanceRules(instance: Instance, at: string): Problem[] {
  const found: Problem[] = [];
  if (instance.driver !== 'local' && instance.host === null) {
    found.push(rule(`${at}.host`, 'is missing', 'write host: user@address, or driver: local'));
  }
  if (instance.path === '')
    found.push(rule(`${at}.path`, 'path is missing', 'set path: /srv/<app> for the environment'));
  found.push(...serviceRules(instance, at), ...healthRules(instance, at));
  for (const name of Object.keys(instance.env)) {
    if (/(PASSWORD|PASSWD|SECRET|TOKEN|PRIVATE_KEY|API_?KEY)/i.test(name)) {
      found.push(
        rule(
          `${at}.env.${name}`,
          'looks like a secret',
          'secrets live in a file below shared/, not in canopy.yml',
        ),
      );
    }
  }
  return found;
}

function serviceRules(instance: Instance, at: string): Problem[] {
  const { service } = instance;
  if (service.kind !== 'commands' || instance.docker !== null) return [];
  const lacking = (['start', 'stop', 'status'] as const).filter((key) => service[key].length === 0);
  return lacking.length === 0
    ? []
    : [
        rule(
          `${at}.service`,
          `lacks ${lacking.join(', ')}`,
          'use { systemd: NAME }, { user-systemd: NAME } or { start, stop, status }',
        ),
      ];
}

function healthRules(instance: Instance, at: string): Problem[] {
  const { probe } = instance.health;
  if (probe.kind === 'http' && instance.url === null) {
    return [
      rule(
        `${at}.url`,
        'is missing, and health asks a path',
        'add url: http://host:port, or use health: { running: 10s }',
      ),
    ];
  }
  if (probe.kind === 'http' || instance.health.release === null) return [];
  return [rule(`${at}.health.release`, 'needs an HTTP answer', 'use health.path, or leave release out')];
}

function trafficRules(config: Config): Problem[] {
  const { traffic } = config;
  if (traffic === null) return [];
  return [
    ...namedEnvironments(config, traffic),
    ...(traffic.stable === traffic.canary
      ? [rule('traffic.canary', 'is the same as traffic.stable', 'give the canary an environment of its own')]
      : []),
    ...(traffic.probe.everyMs < 10
      ? [rule('traffic.probe.every', 'is more than 100 requests a second', 'use 100ms')]
      : []),
    ...(traffic.balancer === 'router' ? routedUrls(config, traffic) : []),
    ...sharedNames(config, traffic.stable, traffic.canary),
    ...openPort(traffic.admin),
    ...traffic.trustedProxies.flatMap((proxy, index) =>
      isNetwork(proxy)
        ? []
        : [
            rule(
              `traffic.trustedProxies[${index}]`,
              `"${proxy}" is no address or network`,
              'write 10.0.0.1 or 10.0.0.0/8',
            ),
          ],
    ),
  ];
}

function namedEnvironments(config: Config, { stable, canary }: TrafficConfig): Problem[] {
  const known = Object.keys(config.environments);
  return Object.entries({ stable, canary }).flatMap(([key, name]) =>
    name === null || known.includes(name)
      ? []
      : [
          rule(
            `traffic.${key}`,
            `there is no environment "${name}"${suggest(name, known)}`,
            `name one of: ${known.join(', ')}`,
          ),
        ],
  );
}

/** What the router needs to reach an instance. */
function routedUrls(config: Config, { stable, canary }: TrafficConfig): Problem[] {
  const names = [stable, canary].filter((name) => name !== null);
  return names.flatMap((name) =>
    (config.environments[name]?.instances ?? []).flatMap(({ url }, index) => {
      const path = `environments.${name}.instances[${index}].url`;
      if (url === null)
        return [rule(path, 'is missing, and the router needs it', 'add url: http://host:port')];
      return url.startsWith('https:')
        ? [rule(path, 'is https, and the router speaks http to instances', 'use http://host:port')]
        : [];
    }),
  );
}

/** The router knows an instance by its name alone. */
function sharedNames(config: Config, stable: string, canary: string | null): Problem[] {
  const names = new Set(config.environments[stable]?.instances.map((instance) => instance.name));
  const own = canary === null ? [] : (config.environments[canary]?.instances ?? []);
  return own.flatMap((instance, index) =>
    names.has(instance.name)
      ? [
          rule(
            `environments.${canary}.instances[${index}].name`,
            `${instance.name} is also in ${stable}`,
            'name each instance once',
          ),
        ]
      : [],
  );
}

function openPort(admin: { readonly listen: Address; readonly token: unknown }): Problem[] {
  if (isLoopback(admin.listen.host) || admin.token !== null) return [];
  return [
    rule(
      'traffic.admin.token',
      'is not there, and traffic.admin.listen is open beyond this machine',
      'set it, or listen on 127.0.0.1',
    ),
  ];
}

function twice(values: readonly string[], tell: (value: string, index: number) => Problem): Problem[] {
  return values.flatMap((value, index) => (values.indexOf(value) < index ? [tell(value, index)] : []));
}
