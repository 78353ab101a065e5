import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { readConfig } from '../../src/config/index.ts';
import { jsonSchema } from '../../src/config/file/json-schema.ts';
import { CanopyError } from '../../src/errors.ts';

const root = resolve(import.meta.dirname, '../..');
const cases = JSON.parse(readFileSync(join(root, 'test/cases/config/wrong.json'), 'utf8')) as {
  name: string;
  yaml: string;
  problems?: string[];
  code?: string;
}[];

const read = (yaml: string, env = {}) => readConfig(yaml, '/app/canopy.yml', { HOME: '/home/me', ...env });
const errorOf = (yaml: string): CanopyError => {
  try {
    read(yaml);
  } catch (error) {
    if (error instanceof CanopyError) return error;
    throw error;
  }
  throw new Error('nothing was wrong');
};

describe('canopy.yml', () => {
  for (const { name, yaml, problems, code } of cases) {
    it(`is refused: ${name}`, () => {
      const error = errorOf(yaml);
      if (problems) expect(error.problems.map((item) => item.message)).to.deep.equal(problems);
      if (code) expect(error.code).to.equal(code);
      expect(error.exit).to.equal(2);
      for (const item of error.problems) expect(item.hint).not.to.equal('');
    });
  }

  it('is valid as resources/defaults.yml documents it, and every key of the schema stands there', () => {
    const text = readFileSync(join(root, 'resources/defaults.yml'), 'utf8');
    const { config } = readConfig(text, join(root, 'resources/defaults.yml'), { HOME: '/home/me' });
    expect(config.environments['canary']?.instances[0]).to.include({ path: '/srv/shop', keep: 5 });
    expect(config.environments['canary']?.branch).to.equal('dev');
    const keys = new Set<string>();
    JSON.stringify(jsonSchema(), (key, value: unknown) => {
      if (key === 'properties') for (const name of Object.keys(value as object)) keys.add(name);
      return value;
    });
    expect([...keys].filter((key) => !new RegExp(`\\b${key}\\b`).test(text))).to.deep.equal([]);
  });

  it('works an environment into its instances, and an instance wins', () => {
    const { config } = read(`
app: shop
environments:
  p:
    path: /srv/shop/
    service: { systemd: shop }
    env: { A: 1, B: two }
    health: { path: /up, rise: 3 }
    instances:
      - { name: a, host: h, url: http://h:1/ }
      - { name: b, host: i, url: http://i:1, env: { B: 3 }, health: { tcp: 5432 }, service: { start: x, stop: [y, z], status: q } }`);
    const [a, b] = config.environments['p']?.instances ?? [];
    expect(a).to.deep.include({
      path: '/srv/shop',
      env: { A: '1', B: 'two' },
      url: 'http://h:1',
      service: { kind: 'systemd', unit: 'shop' },
    });
    expect(a?.health).to.include({ rise: 3, withinMs: 30_000 });
    expect(b).to.deep.include({
      env: { A: '1', B: '3' },
      service: { kind: 'commands', start: ['x'], stop: ['y', 'z'], status: ['q'], log: null },
    });
    expect(b?.health).to.deep.include({ probe: { kind: 'tcp', port: 5432 }, rise: 2 });
  });

  it('says which key lacks which variable, and is not wrong for that', () => {
    const { missing, config } = read(
      'app: shop\nstore: ${env:NOPE}\nenvironments: { p: { path: "${env:BASE}/shop", service: { systemd: a }, instances: [{ name: a, host: "${env:H}", url: "http://x" }] } }',
    );
    expect(missing).to.deep.equal([
      { path: 'store', name: 'NOPE' },
      { path: 'environments.p.path', name: 'BASE' },
      { path: 'environments.p.instances[0].host', name: 'H' },
    ]);
    expect(config.app).to.equal('shop');
  });

  it('takes an open admin port for well when its token is a variable that is not set here', () => {
    const { missing } = read(
      'app: shop\nenvironments: { p: { path: /srv/shop, service: { systemd: a }, instances: [] } }\ntraffic: { stable: p, admin: { listen: "0.0.0.0:9", token: "${env:T}" } }',
    );
    expect(missing).to.deep.equal([{ path: 'traffic.admin.token', name: 'T' }]);
  });

  it('takes defaults for variables that are missing or empty', () => {
    expect(read('app: ${env:A:-shop}', { A: '' }).config.app).to.equal('shop');
    expect(read('app: ${env:A:-shop}', { A: 'other' }).config.app).to.equal('other');
    expect(read('app: ${env:constructor:-shop}').config.app).to.equal('shop');
  });

  it('takes CANOPY_STORE and CANOPY_SSH_KEY_FILE where the file says nothing', () => {
    const env = { CANOPY_STORE: 'redis://s:1/0', CANOPY_SSH_KEY_FILE: '~/k' };
    const { config } = read('app: shop', env);
    expect([config.store.shown, config.ssh.key]).to.deep.equal(['redis://s:1/0', '/home/me/k']);
    const own = read('app: shop\nstore: redis://own:1/0\nssh: { key: /own }', env).config;
    expect([own.store.shown, own.ssh.key]).to.deep.equal(['redis://own:1/0', '/own']);
    expect(read('app: shop').config.ssh.key).to.equal(null);
  });

  it('never shows a password, and knows it as a secret', () => {
    const loaded = read('app: shop\nstore: redis://:p%40ss@h:6379/0');
    expect(JSON.stringify(loaded.config)).not.to.contain('p%40ss');
    expect(loaded.secrets).to.include.members(['p%40ss', 'p@ss']);
  });
});
