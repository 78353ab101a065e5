import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { checkConfig, NeedsOperate } from '../../src/config/file/check.ts';
import { loadConfig } from '../../src/config/file/load.ts';
import { readConfig } from '../../src/config/index.ts';
import { operateEntries } from '../../src/config/sections/operate.ts';
import { isMeant, subjectsOf } from '../../src/config/rules/subjects.ts';
import type { CanopyError } from '../../src/errors.ts';
import { written } from '../../src/explain/written/written.ts';
import { tempFolder } from '../support/temp.ts';

const shop = `app: shop
environments:
  production: { path: /srv/shop, service: { systemd: s }, instances: [{ name: web-1, host: h, url: http://h:1, tags: [eu] }, { name: db-1, host: d, health: { running: 10s } }] }
  preview: { path: /srv/p, service: { systemd: s }, instances: [{ name: pre-1, host: p, url: https://p:1, health: { tcp: 5432 } }] }
traffic: { stable: production, canary: preview, balancer: { commands: { drain: a, ready: b } }, url: http://lb:80/ }
`;
const file = (watch: string, before = shop): string => `${before}watch: ${watch}`;
const read = (watch: string, env: Record<string, string> = {}) =>
  readConfig(file(watch), '/app/canopy.yml', { HOME: '/home/me', ...env });
const watchOf = (watch: string) => {
  const found = read(watch).config.watch;
  if (found === null) throw new Error('nothing is watched');
  return found;
};
const problemsOf = (watch: string, before = shop): string[] => {
  try {
    readConfig(file(watch, before), '/app/canopy.yml', { HOME: '/' });
  } catch (error) {
    return (error as CanopyError).problems.map(({ message }) => message);
  }
  return [];
};
const wrong = JSON.parse(readFileSync(join(import.meta.dirname, '../cases/config/watch.json'), 'utf8')) as {
  name: string;
  watch: string;
  problems: string[];
}[];

describe('watch', () => {
  it('is null without the key', () => {
    expect(readConfig(shop, '/app/canopy.yml', { HOME: '/' }).config.watch).to.equal(null);
  });

  it('has the defaults of the contract', () => {
    expect(watchOf('{}')).to.deep.equal({
      ...{ listen: { host: '127.0.0.1', port: 8090 }, url: null, origins: [], proxy: null, public: false },
      tokens: { viewer: null, operator: null, heartbeat: null, flags: null },
      ...{ everyMs: 15_000, timeoutMs: 5000, down: 3, up: 2, confirmMs: 100, sampleMs: 2000, groupOver: 5 },
      ...{ defaults: true, targets: [], uplink: [], rules: [] },
      stateDir: '/home/me/.local/state/canopy/shop',
    });
  });

  it('knows each kind of target', () => {
    const { targets, uplink } = watchOf(`
  targets:
    - { name: site, url: https://a/b?c, contains: 007, every: 5s, timeout: 1s }
    - { name: port, tcp: "10.0.0.5:5432" }
    - { name: six, tls: "[::1]:443" }
    - { name: jump, ssh: deploy@10.0.0.2 }
    - { name: cache, redis: "redis://:pw@c:6379/0" }
    - { name: own, command: [a, b] }
    - { name: backup, heartbeat: 25h }
  uplink: [{ tcp: "9.9.9.9:53" }, { name: way, url: http://x/ }]`);
    const rest = { needs: null, everyMs: null, timeoutMs: null };
    const [site, port, six, jump, cache, own, backup] = targets;
    expect([site, port, six, jump, own, backup]).to.deep.equal([
      {
        name: 'site',
        probe: { kind: 'http', url: 'https://a/b?c', status: 200, contains: '007' },
        ...{ needs: null, everyMs: 5000, timeoutMs: 1000 },
      },
      { name: 'port', probe: { kind: 'tcp', host: '10.0.0.5', port: 5432 }, ...rest },
      { name: 'six', probe: { kind: 'tls', host: '::1', port: 443 }, ...rest },
      { name: 'jump', probe: { kind: 'ssh', address: 'deploy@10.0.0.2' }, ...rest },
      { name: 'own', probe: { kind: 'command', command: ['a', 'b'] }, ...rest },
      { name: 'backup', probe: { kind: 'heartbeat', withinMs: 90_000_000 }, ...rest },
    ]);
    expect(cache?.probe.kind === 'redis' && cache.probe.store.shown).to.equal('redis://c:6379/0');
    expect(uplink.map(({ name }) => name)).to.deep.equal(['uplink-1', 'way']);
  });

  const conditions: [string, string, string, number][] = [
    ['down', 'down', '>', 0],
    ['latency >= 200ms', 'latency', '>=', 200],
    ['cpu > 90%', 'cpu', '>', 90],
    ['errors<0.5%', 'errors', '<', 0.5],
    ['requests > 500/s', 'requests', '>', 500],
    ['requests < 30/m', 'requests', '<', 0.5],
    ['days < 20d', 'days', '<', 20],
    ['days <= 20', 'days', '<=', 20],
    ['age > 1h30m', 'age', '>', 5_400_000],
    ['lag > 5s', 'lag', '>', 5000],
    ['load > 4.5', 'load', '>', 4.5],
    ['oom > 0', 'oom', '>', 0],
  ];
  for (const [text, metric, op, value] of conditions)
    it(`understands ${text}`, () => {
      const more = '{ name: c, tls: "a:443" }, { name: r, redis: "redis://r" }, { name: b, heartbeat: 25h }';
      const { rules: found } = watchOf(`{ targets: [${more}], rules: [{ name: a, when: "${text}" }] }`);
      expect(found[0]?.when).to.deep.equal([{ metric, op, value }]);
    });

  it('has the defaults of a rule, and each kind of reaction', () => {
    const [bare, full] = watchOf(`
  rules:
    - { name: bare, when: down }
    - name: full
      when: [cpu > 90%, { prometheus: { url: "http://p:9090", query: up, login: "a:b" }, max: 5, min: 1 }]
      of: web-1
      for: 1m
      recover: 2m
      severity: critical
      notify: none
      do: [alert, doctor, maintenance, scale, { flag: checkout, state: off }, { command: ./a.sh }, { command: [a, b], timeout: 5s }]`).rules;
    expect(bare).to.deep.equal({
      ...{ name: 'bare', when: [{ metric: 'down', op: '>', value: 0 }], of: [], forMs: 0, recoverMs: null },
      ...{ severity: 'warning', notify: null, do: [] },
    });
    expect(full).to.deep.include({ of: ['web-1'], forMs: 60_000, recoverMs: 120_000, notify: 'none' });
    const [, query] = full?.when ?? [];
    expect(query).to.deep.include({ metric: 'prometheus:full.2', max: 5, min: 1 });
    expect(full?.do).to.deep.equal([
      ...['alert', 'doctor', 'maintenance', 'scale'].map((kind) => ({ kind })),
      { kind: 'flag', flag: 'checkout', state: 'off' },
      { kind: 'command', command: ['./a.sh'], timeoutMs: 60_000 },
      { kind: 'command', command: ['a', 'b'], timeoutMs: 5000 },
    ]);
  });

  it('is written by explain config so that it means the same', () => {
    const { config } = read(`
  listen: 127.0.0.2:1
  url: http://localhost:1/
  proxy: { header: X-User, from: [10.0.0.0/8] }
  origins: [https://shop.example.org/]
  confirm: 0s
  targets: [{ name: r, redis: { sentinels: ["a:1"], name: m } }, { name: c, command: [a, b] }, { name: t, tls: "[::1]:443", every: 90s, needs: [r, c] }, { name: h, heartbeat: 1h }, { name: j, ssh: a@b }]
  uplink: [{ tcp: "a:1" }]
  rules: [{ name: a, when: [days < 3d, requests > 5/m, load > 2], do: [{ command: x, timeout: 3s }, alert, { flag: f, state: on }] }, { name: b, when: { prometheus: { url: "http://p", query: up }, min: 1 } }]`);
    const again = readConfig(stringify(written(config)), '/app/canopy.yml', { HOME: '/home/me' }).config;
    expect(JSON.parse(JSON.stringify(again.watch))).to.deep.equal(JSON.parse(JSON.stringify(config.watch)));
  });

  it('keeps what it logs in with to itself', () => {
    const { config, secrets } = read(
      '{ tokens: { operator: "${env:T}" }, targets: [{ name: r, redis: "redis://:pass-1@r" }], rules: [{ name: a, when: { prometheus: { url: "http://h/", query: up, login: "me:pass-2" }, max: 1 } }] }',
      { T: 'token-1' },
    );
    expect(secrets).to.include.members(['token-1', 'pass-1', 'me:pass-2', 'pass-2']);
    expect(stringify(written(config)) + JSON.stringify(config.watch)).not.to.match(/token-1|pass-\d/);
  });
});

describe('a watch that is wrong', () => {
  for (const { name, watch, problems } of wrong)
    it(`is refused: ${name}`, () => expect(problemsOf(watch)).to.deep.equal(problems));

  it('is refused: an alert where there is no canary', () => {
    const watch = '{ rules: [{ name: a, when: down, do: [alert] }] }';
    expect(problemsOf(watch, 'app: shop\n')).to.deep.equal([
      'watch.rules[0].do[0]: takes the traffic off the canary, and there is none',
    ]);
  });

  it('is not told of what follows from targets and environments that are wrong', () => {
    expect(
      problemsOf('{ targets: [{ name: x }], rules: [{ name: a, when: down, of: [x] }] }'),
    ).to.have.length(1);
    const broken =
      'app: shop\nenvironments: { p: { path: /srv/p, service: { systemd: s }, instances: [{ nme: web-1 }] } }\n';
    expect(problemsOf('{ rules: [{ name: a, when: down, of: [web-1] }] }', broken)).to.deep.equal([
      'environments.p.instances[0].name: is missing',
      'environments.p.instances[0].nme: unknown key; did you mean name?',
    ]);
  });
});

describe('what a rule can be about', () => {
  const { config } = read('{ targets: [{ name: site, url: "http://s/" }, { name: b, heartbeat: 1h }] }');
  const subjects = subjectsOf(config);
  const meant = (...of: string[]) => subjects.filter((one) => isMeant(of, one)).map(({ name }) => name);

  it('are the targets, what is there without being written, and the arms', () => {
    expect(Object.fromEntries(subjects.map(({ name, probe }) => [name, probe]))).to.deep.equal({
      site: { kind: 'http', url: 'http://s/', status: 200, contains: null },
      b: { kind: 'heartbeat', withinMs: 3_600_000 },
      balancer: { kind: 'http', url: 'http://lb:80/health', status: 200, contains: null },
      store: { kind: 'redis', store: config.store },
      'web-1': { kind: 'http', url: 'http://h:1/health', status: 200, contains: null },
      'db-1': null,
      'pre-1': { kind: 'tcp', host: 'p', port: 5432 },
      ...{ traffic: null, stable: null, canary: null },
    });
  });

  it('are named by their environment, tag and arm', () => {
    expect(meant('production')).to.deep.equal(['web-1', 'db-1']);
    expect(meant('eu', 'site')).to.deep.equal(['site', 'web-1']);
    expect(meant('canary')).to.deep.equal(['pre-1', 'canary']);
    expect(meant()).to.have.length(subjects.length);
  });

  it('have a name of their own where two environments use one', () => {
    const twice = read('{ defaults: false }').config;
    const [first] = Object.values(twice.environments);
    const both = { ...twice, environments: { a: first, b: { ...first, name: 'b' } } } as typeof twice;
    expect(subjectsOf(both).map(({ name }) => name)).to.include.members(['production/web-1', 'b/web-1']);
  });

  it('has the router beside it where that balances', () => {
    const yaml = shop
      .replace(/balancer: \{.*\}\}?, url: http:\/\/lb:80\//, 'balancer: router')
      .replace('https://p:1', 'http://p:1')
      .replace('host: d', 'host: d, url: http://d:1');
    const { config: routed } = readConfig(file('{}', yaml), '/app/canopy.yml', { HOME: '/' });
    expect(subjectsOf(routed).find(({ name }) => name === 'router')?.probe).to.deep.include({
      url: 'http://127.0.0.1:8081/healthz',
    });
  });
});

describe('the sections of what runs by itself', () => {
  const folder = tempFolder();
  const at = (): string => join(folder(), 'canopy.yml');

  it('are asked for by each of their keys, and by no other', () => {
    const check = (tree: unknown): unknown => checkConfig('', '/a', { HOME: '/' }, () => tree);
    for (const key of Object.keys(operateEntries))
      expect(() => check({ app: 'shop', [key]: {} }), key).to.throw(NeedsOperate);
    expect(() => check({ app: 'shop' })).not.to.throw();
  });

  it('are there when a step loads a file with them, and a file with a key like theirs is told of it', async () => {
    writeFileSync(at(), file('{ every: 5s }'));
    expect((await loadConfig(at(), { HOME: '/' })).config.watch?.everyMs).to.equal(5000);
    writeFileSync(at(), 'app: shop\nwach: {}');
    const problem = await loadConfig(at(), { HOME: '/' }).then(
      () => '',
      (error: Error) => error.message,
    );
    expect(problem).to.equal('wach: unknown key; did you mean watch?');
  });
});
