/** What `traffic.balancer` means, and what it must not say. */
import type { Problem } from '../errors.ts';
import { suggest } from '../shared/text/suggest.ts';
import type { RawBalancer } from './balancer-schema.ts';
import type { BalancerChoice } from './balancer-types.ts';
import { rule } from './rule.ts';
import type { Config } from './types.ts';
import { lookUp } from '../shared/look-up.ts';

export function buildBalancer(raw: RawBalancer | undefined, app: string): BalancerChoice {
  if (raw === undefined || raw === 'router' || raw === 'none') return raw ?? 'router';
  if ('haproxy' in raw) {
    const { hosts, socket, backend, servers } = raw.haproxy;
    return {
      haproxy: {
        hosts: hosts ?? ['local'],
        socket: socket ?? '/run/haproxy/admin.sock',
        backend: backend ?? app,
        servers: servers ?? {},
      },
    };
  }
  const { drain, ready, weight, check, timeout } = raw.commands;
  return {
    commands: { drain, ready, weight: weight ?? null, check: check ?? null, timeoutMs: timeout ?? 60_000 },
  };
}

/** `router`, `none`, `haproxy` or `commands`. */
export const kindOf = (choice: BalancerChoice): 'router' | 'none' | 'haproxy' | 'commands' =>
  typeof choice === 'string' ? choice : 'haproxy' in choice ? 'haproxy' : 'commands';

/** The name of an instance's server in the backend. */
export const serverOf = (servers: Readonly<Record<string, string>>, instance: string): string =>
  lookUp(servers, instance) ?? instance;

export function balancerRules({ traffic, environments }: Config): Problem[] {
  const choice = traffic?.balancer;
  if (traffic === null || choice === undefined || typeof choice === 'string' || !('haproxy' in choice))
    return [];
  const { servers, hosts } = choice.haproxy;
  const at = 'traffic.balancer.haproxy';
  const instances = [traffic.stable, traffic.canary].flatMap((name) =>
    name === null ? [] : (environments[name]?.instances.map((one) => one.name) ?? []),
  );
  const found: Problem[] = Object.keys(servers)
    .filter((name) => !instances.includes(name))
    .map((name) =>
      rule(
        `${at}.servers.${name}`,
        `there is no such instance${suggest(name, instances)}`,
        'name one of the stable or canary environment',
      ),
    );
  const owner = new Map<string, string>();
  for (const instance of instances) {
    const server = serverOf(servers, instance);
    const other = owner.get(server);
    if (other !== undefined && other !== instance)
      found.push(
        rule(
          `${at}.servers`,
          `${other} and ${instance} are both the server ${server}`,
          'give each a server of its own',
        ),
      );
    owner.set(server, instance);
  }
  hosts.forEach((host, index) => {
    if (hosts.indexOf(host) < index)
      found.push(rule(`${at}.hosts[${index}]`, `${host} stands twice`, 'name each host once'));
  });
  return found;
}
