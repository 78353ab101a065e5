import { expect } from 'chai';
import { checkConfig } from '../../src/config/file/check.ts';
import { parseYaml } from '../../src/config/file/yaml.ts';

const environment = (name: string, path: string, host: string): string =>
  `  ${name}: { path: ${path}, service: { systemd: ${name} }, health: { running: 1s }, instances: [{ name: ${name}-1, ${host} }] }`;

describe('instances of two environments', () => {
  for (const [what, one, other] of [
    ['at two paths of one server', ['/srv/a', 'host: deploy@h'], ['/srv/b', 'host: deploy@h']],
    ['below each other', ['/srv/a', 'host: deploy@h'], ['/srv/a/b', 'host: deploy@h']],
    ['on two servers', ['/srv/a', 'host: deploy@h'], ['/srv/a', 'host: deploy@i']],
    [
      'behind two ports of one address',
      ['/srv/a', "host: 'deploy@127.0.0.1:2201'"],
      ['/srv/a', "host: 'deploy@127.0.0.1:2202'"],
    ],
    [
      'here and behind a port of this machine',
      ['/srv/a', 'driver: local'],
      ['/srv/a', "host: 'deploy@localhost:2202'"],
    ],
  ] as const)
    it(`are fine ${what}`, () => {
      const text = `app: shop\nenvironments:\n${environment('a', one[0], one[1])}\n${environment('b', other[0], other[1])}\n`;
      expect(
        Object.keys(checkConfig(text, '/w/canopy.yml', {}, parseYaml).config.environments),
      ).to.deep.equal(['a', 'b']);
    });
});
