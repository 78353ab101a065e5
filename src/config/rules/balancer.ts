/** What `traffic.balancer` must not say. */
import type { Problem } from '../../errors/common.ts';
import { suggest } from '../../shared/text/suggest.ts';
import { serverKey } from '../../shared/url/ssh-address.ts';
import { rule } from '../fields/rule.ts';
import { serverOf } from '../fields/choices.ts';
import type { Config } from '../sections/config.ts';

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
    if (hosts.findIndex((other) => serverKey(other) === serverKey(host)) < index)
      found.push(rule(`${at}.hosts[${index}]`, `${host} stands twice`, 'name each host once'));
  });
  return found;
}
