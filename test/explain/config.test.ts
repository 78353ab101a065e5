import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { readConfig } from '../../src/config/index.ts';
import { parseYaml } from '../../src/config/file/yaml.ts';
import { writeDuration } from '../../src/explain/written/written-units.ts';
import { toYaml } from '../../src/explain/written/to-yaml.ts';
import { written } from '../../src/explain/written/written.ts';
import { explainConfig } from '../../src/explain/index.ts';
import { parseDuration } from '../../src/shared/text/units.ts';

const root = resolve(import.meta.dirname, '../..');
const env = { HOME: '/home/me' };
const file = '/app/canopy.yml';
const read = (yaml: string, more = {}) => readConfig(yaml, file, { ...env, ...more });

const services = `app: shop
store: { sentinels: ["[::1]:26379", "10.0.0.2:26379"], name: mymaster, requireAuth: true }
environments:
  one:
    path: /srv/shop
    service: { user-systemd: shop }
    rollout: { batch: 25%, maxUnavailable: 50%, healthyFor: 1500ms, deadline: 90m }
    instances:
      - { name: a, host: a, health: { tcp: 5432 } }
      - { name: b, host: b, health: { command: [echo 1, echo 2], rise: 3 } }
      - { name: c, host: c, health: { running: 250ms }, service: { start: a, stop: [b, c], status: d } }
  two: { extends: one, instances: [{ name: d, driver: local, path: /srv/other, env: { A: "1%" } }] }
`;

const containers = `app: shop
environments:
  one:
    path: /srv/shop
    driver: docker
    docker: { ports: ["127.0.0.1:3000:3000"], memory: 256MB, cpus: 0.5, stop: 20s, volumes: [shared/data/:/data, "/etc/ssl:/etc/ssl:ro", cache:/cache] }
    instances: [{ name: a, host: a }, { name: b, host: b, docker: { image: "127.0.0.1:5000/team/shop", memory: 7000000B, command: [a], user: "1:1" } }]
  two: { extends: one, docker: { load: out/i.tar, network: n, envFile: shared/.env, restart: "no", options: [--init] }, instances: [{ name: c, host: c }] }
`;

const balancedBy = (balancer: string): string => `app: shop
environments: { one: { path: /srv/shop, service: { systemd: shop }, instances: [{ name: a, host: a }] } }
traffic: { stable: one, balancer: ${balancer} }
`;

describe('explain config', () => {
  const files: [string, string][] = [
    ['resources/defaults.yml', readFileSync(join(root, 'resources/defaults.yml'), 'utf8')],
    ['the example', readFileSync(join(root, 'examples/shop/canopy.yml'), 'utf8')],
    ['own pipeline', readFileSync(join(root, 'canopy.yml'), 'utf8')],
    ['every kind of service, probe and store', services],
    ['containers', containers],
    [
      'haproxy',
      balancedBy(
        '{ haproxy: { hosts: [root@lb1, local], socket: "127.0.0.1:9999", backend: be, servers: { a: one } } }',
      ),
    ],
    [
      'commands',
      balancedBy('{ commands: { drain: a, ready: [b, c], weight: d, check: e, timeout: 1500ms } }'),
    ],
    ['the least', 'app: shop'],
  ];
  for (const [name, yaml] of files)
    it(`prints a canopy.yml that means the same: ${name}`, () => {
      const { config } = read(yaml);
      const again = read(stringify(written(config))).config;
      expect(JSON.parse(JSON.stringify(again))).to.deep.equal(JSON.parse(JSON.stringify(config)));
      expect(parseYaml(toYaml(written(config)), '')).to.deep.equal(
        JSON.parse(JSON.stringify(written(config))),
      );
    });

  it('prints the names of canopy.yml, none of ours', () => {
    const { text } = explainConfig(read(readFileSync(join(root, 'resources/defaults.yml'), 'utf8')));
    for (const line of [
      'within: 30s',
      'healthyFor: 10s',
      'weight: 33%',
      'errorRate: 5%',
      'listen: 127.0.0.1:8080',
    ])
      expect(text.split('\n').map((item) => item.trim())).to.include(line);
    expect(text).to.match(/\n +service:\n +systemd: shop\n/);
    expect(text).not.to.match(/\b\w+Ms:|kind:|probe:\n +kind|percent:|\bcount:|null/);
  });

  it('writes what all instances have in common once, with their environment', () => {
    const { environments } = written(read(services).config) as {
      environments: Record<string, { instances: Record<string, unknown>[]; [key: string]: unknown }>;
    };
    expect(environments['one'])
      .to.include({ path: '/srv/shop' })
      .and.not.to.have.any.keys('service', 'health');
    expect(environments['one']?.instances.map((item) => Object.keys(item).sort())).to.deep.equal(
      ['a', 'b', 'c'].map(() => ['health', 'host', 'name', 'service', 'tags']),
    );
  });

  it('writes durations that are read as the same (property)', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e10 }), (ms) => {
        expect(parseDuration(writeDuration(ms))).to.equal(ms);
      }),
    );
    const shown = [0, 500, 1500, 30_000, 90_000, 600_000, 7_200_000].map(writeDuration);
    expect(shown).to.deep.equal(['0s', '500ms', '1500ms', '30s', '90s', '10m', '2h']);
  });

  it('hides every secret, and says that there is one', () => {
    const yaml = `app: shop
store: redis://:sesame-1@10.0.0.9:6379/2
traffic: { stable: one, admin: { token: sesame-2, alertToken: sesame-3 } }
environments: { one: { instances: [] } }`;
    const { text, data } = explainConfig(read(yaml));
    expect(text + JSON.stringify(data)).not.to.contain('sesame');
    expect(text).to.contain('store: redis://:[secret]@10.0.0.9:6379/2').and.to.contain('token: "[secret]"');
    const sentinels = 'app: shop\nstore: { sentinels: [a:1], name: m, password: sesame-4 }';
    expect(explainConfig(read(sentinels)).text).not.to.contain('sesame');
  });

  it('names each variable that is not set, and prints none of the placeholders', () => {
    const yaml = 'app: shop\nssh: { key: "${env:KEY}" }\nflags: { file: "${env:FLAGS}" }';
    const { text, data } = explainConfig(read(yaml));
    expect(text).to.contain('# Variables that are not set').and.to.contain('#   ssh.key needs KEY');
    expect(text).to.contain('#   flags.file needs FLAGS').and.not.to.contain('undefined');
    const needed = explainConfig(read('app: shop\ntraffic: { stable: "${env:STABLE}" }'));
    expect(needed.text).to.contain('stable: (not set)').and.not.to.contain('missing/variable');
    expect(data['missing']).to.deep.equal([
      { path: 'ssh.key', name: 'KEY' },
      { path: 'flags.file', name: 'FLAGS' },
    ]);
  });

  it('gives the pipeline what it reads', () => {
    const { data } = explainConfig(read(readFileSync(join(root, 'resources/defaults.yml'), 'utf8')));
    expect(data).to.deep.include({
      app: 'shop',
      environments: {
        production: { branch: 'release', instances: 2 },
        containers: { branch: null, instances: 1 },
        canary: { branch: 'dev', instances: 1 },
      },
      traffic: { balancer: 'router', stable: 'production', canary: 'canary', weight: 33 },
    });
  });
});
