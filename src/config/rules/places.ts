/** Two instances at one path of one server would delete each other's releases, each under a lock of its own. */
import { posix } from 'node:path';
import type { Problem } from '../../errors/common.ts';
import { isLoopback } from '../../shared/url/loopback.ts';
import { serverKey } from '../../shared/url/ssh-address.ts';
import { rule } from '../fields/rule.ts';
import type { Config } from '../sections/config.ts';
import type { Instance } from '../sections/environment/environment.ts';

interface SharedPlace {
  /** The place, as the second one of the pair names it. */
  readonly place: string;
  readonly path: string;
  readonly first: { readonly environment: string; readonly name: string };
  readonly second: { readonly environment: string; readonly name: string };
}

/** Two instances of one environment. */
export const placeRules = (config: Config): Problem[] =>
  sharedPlaces(config)
    .filter(({ first, second }) => first.environment === second.environment)
    .map(({ place, path }) =>
      rule(path, `two instances share ${place}`, 'give each instance a path of its own on its host'),
    );

/** Of two environments, where `only` is one of them when it is named: it may be meant (one takes over from the other), so it is told and not refused. */
export const placeRemarks = (config: Config, only?: string): string[] =>
  sharedPlaces(config)
    .filter(({ first, second }) => first.environment !== second.environment)
    .filter(
      ({ first, second }) => only === undefined || [first.environment, second.environment].includes(only),
    )
    .map(
      ({ place, first, second }) =>
        `${second.name} of ${second.environment} and ${first.name} of ${first.environment} share ${place}: a deploy to one takes over from the other, each under a lock of its own. Give each environment a path of its own there`,
    );

/** The second one of each pair, with the first. */
function sharedPlaces({ environments }: Config): SharedPlace[] {
  const seen = new Map<string, SharedPlace['first']>();
  return Object.values(environments).flatMap(({ name: environment, instances }) =>
    instances.flatMap((instance, at) => {
      if (instance.path === '' || (instance.host === null && instance.driver !== 'local')) return [];
      const key = placeOf(instance);
      const first = seen.get(key);
      const second = { environment, name: instance.name };
      if (first === undefined) {
        seen.set(key, second);
        return [];
      }
      const place = `${instance.host ?? 'this machine'}:${instance.path}`;
      return [{ place, path: `environments.${environment}.instances[${at}]`, first, second }];
    }),
  );
}

/** However both are written. An alias of ssh_config is known by its name alone. */
function placeOf({ driver, host, path }: Instance): string {
  const plain = posix.normalize(`${path}/`);
  const server = driver === 'local' ? 'here' : serverKey(host ?? '');
  const [name = '', port] = server.split(' ');
  return `${isLoopback(name) && port === '22' ? 'here' : server} ${plain}`;
}
