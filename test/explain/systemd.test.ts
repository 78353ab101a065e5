import { expect } from 'chai';
import { readConfig } from '../../src/config/index.ts';
import { explainSystemd } from '../../src/explain/index.ts';
import type { Unit } from '../../src/explain/systemd.ts';

const unitOf = (kind: Unit, traffic: string): string => {
  const yaml = `app: shop
environments: { production: { path: /srv/shop, service: { systemd: shop }, instances: [] } }
traffic: { stable: production${traffic} }`;
  return explainSystemd(readConfig(yaml, '/app/canopy.yml', { HOME: '/home/me' }), kind).text;
};

describe('explain systemd', () => {
  const cases: [string, Unit, string, readonly string[]][] = [
    [
      'it runs what is installed with the canopy.yml of the machine',
      'service',
      '',
      [
        'EnvironmentFile=-/etc/canopy/shop.env',
        'ExecStart=canopy router --config /etc/canopy/shop.yml',
        'ExecReload=canopy router restart --config /etc/canopy/shop.yml',
      ],
    ],
    ['no right of root', 'service', '', ['AmbientCapabilities=', 'CapabilityBoundingSet=']],
    [
      'but one for a low port',
      'service',
      ', listen: "0.0.0.0:80"',
      ['AmbientCapabilities=CAP_NET_BIND_SERVICE', 'CapabilityBoundingSet=CAP_NET_BIND_SERVICE'],
    ],
    [
      'the state lives below /var/lib',
      'service',
      '',
      ['Environment=XDG_STATE_HOME=/var/lib', 'StateDirectory=canopy/shop'],
    ],
    ['or in another folder there', 'service', ', stateDir: /var/lib/router/', ['StateDirectory=router']],
    [
      'or elsewhere, which it may write too',
      'service',
      ', stateDir: /data/router',
      ['StateDirectory=canopy/shop', 'ReadWritePaths=-/data/router'],
    ],
    [
      'a secret that is not set where it is printed is named, not asked for',
      'service',
      ', admin: { listen: "0.0.0.0:9000", token: "${env:CANOPY_TOKEN}" }',
      [
        '# Not set where this was printed: CANOPY_TOKEN, for traffic.admin.token of canopy.yml.',
        'EnvironmentFile=-/etc/canopy/shop.env',
      ],
    ],
    [
      'the sockets are those of canopy.yml',
      'socket',
      '',
      ['ListenStream=127.0.0.1:8080', 'ListenStream=127.0.0.1:8081'],
    ],
    [
      'the public one first, also of the sixth version, or by name',
      'socket',
      ', listen: "[::]:443", admin: { listen: "localhost:9000" }',
      ['ListenStream=[::]:443', 'ListenStream=127.0.0.1:9000'],
    ],
  ];
  for (const [name, kind, traffic, lines] of cases)
    it(name, () => {
      const text = unitOf(kind, traffic).split('\n');
      expect(text.filter((one) => lines.includes(one))).to.deep.equal(lines);
    });

  it('gives no way to what it does not need', () => {
    expect(unitOf('service', '')).not.to.match(/ReadWritePaths/);
    expect(unitOf('service', ', stateDir: /var/lib/canopy/shop')).not.to.match(/ReadWritePaths/);
  });

  it('has nothing to print where another program splits the traffic', () => {
    expect(() => unitOf('service', ', balancer: none'))
      .to.throw()
      .with.property('code', 'no-router');
  });
});
