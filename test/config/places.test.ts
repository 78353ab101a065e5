import { expect } from 'chai';
import { checkConfig } from '../../src/config/file/check.ts';
import { parseYaml } from '../../src/config/file/yaml.ts';
import { placeRemarks } from '../../src/config/rules/places.ts';

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

  for (const [what, place, one, other] of [
    ['in one place', 'deploy@h:/srv/a', ['/srv/a', 'host: deploy@h'], ['/srv/a', 'host: deploy@h']],
    [
      'in one place by other words',
      'ssh://root@h.example:22:/srv//a',
      ['/srv/a/', 'host: deploy@H.example.'],
      ['/srv//a', "host: 'ssh://root@h.example:22'"],
    ],
    ['on this machine', 'me@127.0.0.1:/srv/a', ['/srv/a', 'driver: local'], ['/srv/a', 'host: me@127.0.0.1']],
  ] as const)
    it(`are told ${what}, and not refused`, () => {
      const text = `app: shop\nenvironments:\n${environment('p', one[0], one[1])}\n${environment('q', other[0], other[1])}\n${environment('r', '/srv/r', 'host: deploy@r')}\n`;
      const { config } = checkConfig(text, '/w/canopy.yml', {}, parseYaml);
      const remark = `q-1 of q and p-1 of p share ${place}: a deploy to one takes over from the other, each under a lock of its own. Give each environment a path of its own there`;
      expect(placeRemarks(config)).to.deep.equal([remark]);
      expect(placeRemarks(config, 'p')).to.deep.equal([remark]);
      expect(placeRemarks(config, 'r')).to.deep.equal([]);
    });
});
