/** What a `docker` section must not say. */
import type { Problem } from '../../errors/common.ts';
import { showDuration } from '../../shared/text/units.ts';
import { serverKey } from '../../shared/url/ssh-address.ts';
import { rule } from '../fields/rule.ts';
import type { Docker } from '../sections/environment/docker.ts';
import type { Config } from '../sections/config.ts';
import type { Instance } from '../sections/environment/environment.ts';

/** The time limit of a switch, in which the old container ends and the new one starts, leaves no more. */
const longestStopMs = 90_000;

/** Everything about containers that the shape alone cannot say. */
export function dockerRules(config: Config): Problem[] {
  const all = Object.values(config.environments).flatMap(({ name, instances }) =>
    instances.map((instance, at) => ({ instance, at: `environments.${name}.instances[${at}]` })),
  );
  const seen = new Set<string>();
  return all.flatMap(({ instance, at }) => {
    const { docker } = instance;
    if (docker === null) return [];
    const found = ownRules(instance, docker, at);
    const place = `${serverKey(instance.host ?? '')} ${docker.name}`;
    if (seen.has(place))
      found.push(
        rule(
          `${at}.name`,
          `two containers ${docker.name} on ${instance.host}`,
          'name each instance once there',
        ),
      );
    seen.add(place);
    return found;
  });
}

function ownRules(instance: Instance, docker: Docker, at: string): Problem[] {
  if (instance.driver !== 'docker')
    return [
      rule(`${at}.docker`, `the driver is ${instance.driver}`, 'write driver: docker, or leave docker out'),
    ];
  const found: Problem[] = [];
  if (!/^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/.test(instance.name))
    found.push(
      rule(
        `${at}.name`,
        `${instance.name} cannot be part of the name of an image`,
        'use small letters and digits, with single - . or _ between them',
      ),
    );
  if (docker.stopMs > longestStopMs)
    found.push(
      rule(`${at}.docker.stop`, `is longer than ${showDuration(longestStopMs)}`, 'lower it, and drain first'),
    );
  if (docker.network === 'host' && docker.ports.length > 0)
    found.push(
      rule(
        `${at}.docker.ports`,
        'are not published in the network of the host',
        'leave ports or network out',
      ),
    );
  for (const [name, value] of Object.entries(instance.env))
    if (value.endsWith('\r'))
      found.push(
        rule(`${at}.env.${name}`, 'ends with a carriage return, which docker drops', 'write it without'),
      );
  return found;
}
