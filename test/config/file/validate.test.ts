import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { readConfig } from '../../../src/config/index.ts';
import type { Path } from '../../../src/config/file/interpolate.ts';
import { put } from '../../../src/config/file/put.ts';
import { checkWhole } from '../../../src/config/file/operate.ts';
import * as words from '../../../src/config/file/validate.ts';
import { parseYaml } from '../../../src/config/file/yaml.ts';
import { isCanopyError, type Problem } from '../../../src/errors.ts';

const problemsOf = (work: () => unknown): readonly Problem[] => {
  try {
    work();
    return [];
  } catch (error) {
    if (!isCanopyError(error)) throw error;
    return error.problems;
  }
};
const messages = (text: string): string[] =>
  problemsOf(() => readConfig(text, '/app/canopy.yml', { HOME: '/' })).map(({ message }) => message);

describe('all that is wrong with a canopy.yml', () => {
  it('is told in one go: keys, values, and what crosses keys', () => {
    expect(
      messages(`app: shop
ssh: { keepalive: 15s, connectTimeout: 10 }
environments:
  production:
    path: /srv/shop
    service: { systemd: shop }
    rollout: { batch: 50%, maxUnavailable: 1 }
    instances:
      - { name: a, host: "w1:70000", url: "http://w1:3000" }
      - { name: b, host: w2, url: "http://w1:3000", ulr: x }
      - { name: c, host: w3, url: "http://w3:3000", helth: { path: /up } }
      - { name: c, host: w4, url: "http://w4:0" }
traffic: { stable: prodction, weight: 120% }
`),
    ).to.have.members([
      'ssh.keepalive: unknown key; did you mean keepAlive?',
      'ssh.connectTimeout: must be a duration like 500ms, 30s or 5m, not 10',
      'environments.production.instances[1].ulr: unknown key; did you mean url?',
      'environments.production.instances[2].helth: unknown key; did you mean health?',
      'environments.production.instances[3].url: must be a URL with a port from 1 to 65535, like http://10.0.0.11:3000',
      'traffic.weight: must be a percentage from 0% to 100%, not "120%"',
      'environments.production.rollout.batch: batch is larger than maxUnavailable',
      'environments.production.instances[3].name: the name c stands twice',
      'environments.production.instances[0].host: "w1:70000" has a port that is not 1 to 65535',
      'traffic.stable: there is no environment "prodction"; did you mean production?',
    ]);
  });

  it('is not told twice: what follows from a key that is wrong is no problem of its own', () => {
    const cases: Readonly<Record<string, string>> = {
      'environments: { p: { pth: /srv/shop, service: { systemd: a }, instances: [{ name: a, host: h }] } }':
        'environments.p.pth: unknown key; did you mean path?',
      'environments: { p: { path: /srv/shop, service: { systemd: "a b" }, instances: [{ name: a, host: h }] } }':
        'environments.p.service.systemd: must be a name of letters, digits, . _ and -',
      'environments: { p: { path: /srv/shop, instances: 3 } }\ntraffic: { stable: p }':
        'environments.p.instances: must be a list of instances, or { file: PATH }, not 3',
      'environments: { p: [] }\ntraffic: { stable: p }':
        'environments.p: must be a mapping of keys, not a list',
      'environments: []\ntraffic: { stable: p, canary: q }':
        'environments: must be a mapping of keys, not a list',
    };
    for (const [text, only] of Object.entries(cases))
      expect(messages(`app: shop\n${text}\n`), text).to.deep.equal([only]);
  });

  it('names what may stand there', () => {
    const [found] = problemsOf(() => readConfig('app: shop\nssh: { kee: 1 }', '/app/canopy.yml', {}));
    expect(found?.hint).to.include('knownHosts, hostKeys, acceptNew, key, config');
  });

  it('is told inside of a key that has two forms, too', () => {
    const hook = (text: string): string[] =>
      messages(`app: shop\nenvironments: { p: { hooks: { once: ${text} } } }\n`);
    expect(hook('{ run: make, onn: agent }')).to.deep.equal([
      'environments.p.hooks.once.onn: unknown key; did you mean on?',
    ]);
    expect(hook('{ run: make, on: server }')).to.deep.equal([
      'environments.p.hooks.once.on: must be instance or agent, not "server"',
    ]);
    expect(hook('3.5.x')).to.deep.equal([]);
    expect(hook('[]')).to.deep.equal([
      'environments.p.hooks.once: must be a command, or { run, on, timeout }',
    ]);
  });

  it('is every key that stands twice, and the first error beside them', () => {
    const found = messages('app: shop\napp: b\nssh: { key: a, key: b }\n');
    expect(found).to.have.length(2);
    expect(found[0]).to.match(/unique at line 2/);
    expect(found[1]).to.match(/unique at line 3/);
    expect(messages('app: shop\n\tstore: x\n')[0]).to.match(/Tabs are not allowed as indentation at line 2/);
  });
});

describe('a wrong value of any key', () => {
  const file = join(resolve(import.meta.dirname, '../../..'), 'resources/defaults.yml');
  const whole = parseYaml(readFileSync(file, 'utf8'), file);
  const isLeaf = (value: unknown): boolean => typeof value !== 'object' || value === null;
  const pathsOf = (value: unknown, at: Path): { path: Path; leaf: boolean }[] => [
    { path: at, leaf: isLeaf(value) },
    ...(isLeaf(value)
      ? []
      : Object.entries(value as object).flatMap(([key, item]) =>
          pathsOf(item, [...at, Array.isArray(value) ? Number(key) : key]),
        )),
  ];
  const [, ...all] = pathsOf(whole, []);
  const values = [-3.5, '?? ', [[]], [], { zzz: 1 }, true, '2020-01-01'];

  const told = (tree: unknown): number => {
    const found = problemsOf(() =>
      checkWhole('', '/app/canopy.yml', { HOME: '/' }, () => tree, undefined, words),
    );
    for (const { message, hint } of found) {
      expect(message).to.not.match(/Invalid|Expected|received|Array|Object|Function|Symbol|undefined/);
      expect(message).to.match(/^[a-z]\S*: ./);
      expect(hint).to.not.equal('');
    }
    return found.length;
  };

  it('is told in our words, with its path and what helps: all values at once', () => {
    const leaves = all.filter(({ leaf }) => leaf);
    for (const value of values)
      expect(
        told(leaves.reduce((tree, { path }) => put(tree, path, value), whole)),
        JSON.stringify(value),
      ).to.be.above(20);
  });

  it('is told in our words, with its path and what helps: each mapping and list', () => {
    for (const { path } of all.filter(({ leaf }) => !leaf)) {
      told(put(whole, path, -3.5));
      expect(told(put(whole, path, [[]])), path.join('.')).to.be.above(0);
    }
  });
});
