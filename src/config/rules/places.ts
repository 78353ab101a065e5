/** Two instances at one path of one server would delete each other's releases, each under a lock of its own. */
import { posix } from 'node:path';
import type { Problem } from '../../errors.ts';
import { isLoopback } from '../../shared/url/loopback.ts';
import { serverKey } from '../../shared/url/ssh-address.ts';
import { rule } from '../fields/rule.ts';
import type { Config } from '../sections/config.ts';
import type { Instance } from '../sections/environment/environment.ts';

/** The second one of each pair is told, with the first. */
export function placeRules({ environments }: Config): Problem[] {
  const first = new Map<string, { readonly environment: string; readonly name: string }>();
  return Object.values(environments).flatMap(({ name: environment, instances }) =>
    instances.flatMap((instance, at) => {
      if (instance.path === '' || (instance.host === null && instance.driver !== 'local')) return [];
      const key = placeOf(instance);
      const before = first.get(key);
      if (before === undefined) {
        first.set(key, { environment, name: instance.name });
        return [];
      }
      const place = `${instance.host ?? 'this machine'}:${instance.path}`;
      const path = `environments.${environment}.instances[${at}]`;
      if (before.environment === environment)
        return [
          rule(path, `two instances share ${place}`, 'give each instance a path of its own on its host'),
        ];
      return [
        rule(
          path,
          `${instance.name} of ${environment} and ${before.name} of ${before.environment} share ${place}`,
          'give each environment a path of its own there, or another server',
        ),
      ];
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
