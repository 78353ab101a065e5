/** A haproxy.cfg for this canopy.yml. Pure. */
import { buildBalancer } from '../config/sections/traffic/balancer.ts';
import type { HaproxyConfig } from '../config/types.ts';
import type { Config } from '../config/types.ts';
import { fail } from '../errors.ts';
import { cfgOf } from '../haproxy/index.ts';
import type { Explained } from './answer.ts';

/** With another balancer it is the one that would be: socket and backend as they are by default. */
export function explainHaproxy(config: Config): Explained {
  const { traffic, app } = config;
  if (traffic === null) throw fail('no-haproxy', {});
  const { balancer } = traffic;
  const asked = typeof balancer !== 'string' && 'haproxy' in balancer ? balancer.haproxy : null;
  const haproxy = asked ?? wouldBe(app);
  const { text, lacking } = cfgOf(config, haproxy);
  const notes = [
    ...(asked === null
      ? ['# canopy.yml names no HAProxy yet: traffic: { balancer: { haproxy: {} } } does.']
      : []),
    ...lacking.map((name) => `# ${name} has no url in canopy.yml: its server line is left out.`),
  ];
  const { socket, backend, hosts } = haproxy;
  return {
    data: { file: text, lacking, socket, backend, hosts },
    text: [...notes, text.trimEnd()].join('\n'),
  };
}

const wouldBe = (app: string): HaproxyConfig =>
  (buildBalancer({ haproxy: {} }, app) as { readonly haproxy: HaproxyConfig }).haproxy;
