import { expect } from 'chai';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { readConfig } from '../../../src/config/index.ts';
import { isCanopyError } from '../../../src/errors.ts';

const read = (yaml: string, env = {}) =>
  readConfig(yaml, '/app/canopy.yml', { HOME: '/home/me', ...env }).config;
const withKeys = (keys: string, instance = ''): string => `app: shop
environments:
  p:
    path: /srv/shop
    service: { systemd: s }
    ${keys}
    instances: [{ name: a, host: h, url: 'http://h:1'${instance} }]
`;
const instanceOf = (yaml: string, env = {}) => {
  const [first] = Object.values(read(yaml, env).environments)[0]?.instances ?? [];
  if (first === undefined) throw new Error('there is no instance');
  return first;
};
const variableOf = (written: string, env = {}): string | undefined =>
  instanceOf(withKeys(`env:\n      X: ${written}`), env).env['X'];
const problemsOf = (work: () => unknown): string[] => {
  try {
    work();
  } catch (error) {
    if (isCanopyError(error)) return error.problems.map(({ message }) => message);
    throw error;
  }
  return [];
};

describe('scalars of canopy.yml', () => {
  const words: [string, string][] = [
    ['007', '007'],
    ['1.10', '1.10'],
    ['12345678901234567890', '12345678901234567890'],
    ['0.1000', '0.1000'],
    ['1234e5', '1234e5'],
    ['1E3', '1E3'],
    ['0x1F', '0x1F'],
    ['0o17', '0o17'],
    ['+5', '+5'],
    ['-0', '-0'],
    ['-5', '-5'],
    ['.5', '.5'],
    ['5.', '5.'],
    ['3000', '3000'],
    ['1_000', '1_000'],
    ['.inf', '.inf'],
    ['-.INF', '-.INF'],
    ['.NaN', '.NaN'],
    ['12:30:45', '12:30:45'],
    ['2026-11-21', '2026-11-21'],
    ['2026-11-21T07:00:00Z', '2026-11-21T07:00:00Z'],
    ['true', 'true'],
    ['True', 'True'],
    ['FALSE', 'FALSE'],
    ['yes', 'yes'],
    ['No', 'No'],
    ['on', 'on'],
    ['off', 'off'],
    ['y', 'y'],
    ['null', 'null'],
    ['Null', 'Null'],
    ['NULL', 'NULL'],
    ['~', '~'],
    ['', ''],
    ['~/data', '~/data'],
    ['"1.10"', '1.10'],
    ["'007'", '007'],
    ['"null"', 'null'],
    ['""', ''],
    ['!!str 1.10', '1.10'],
    ['!!float 1.10', '1.10'],
    ['1.10 # a comment', '1.10'],
    ['two\n        words', 'two words'],
    ['>-\n        two\n        words', 'two words'],
    ['|-\n        1.10', '1.10'],
    ['"two\\\n        words"', 'twowords'],
  ];
  for (const [written, value] of words)
    it(`are taken as they are written in env: ${JSON.stringify(written)}`, () =>
      expect(variableOf(written)).to.equal(value));

  it('of env have to be one line, and it is said how', () => {
    for (const written of ['|\n        a\n        b', '>\n        a b', '"a\\nb"'])
      expect(problemsOf(() => variableOf(written))).to.deep.equal([
        'environments.p.env.X: must be one line of text; a text that is folded begins with >-',
      ]);
    for (const written of ['[1]', '{ a: 1 }'])
      expect(problemsOf(() => variableOf(written))[0]).to.contain(
        'environments.p.env.X: must be one line of text',
      );
  });

  it('keep their text through anchors, merge keys, extends and an instance of its own', () => {
    const [stable, canary] = Object.values(
      read(`app: shop
environments:
  p:
    path: /srv/shop
    service: { systemd: s }
    env: &common { A: 1.10, B: 007, C: &c 0x1F, D: ~, E: 1.0 }
    instances: [{ name: a, host: h, url: 'http://h:1', env: { B: 08, F: *c } }]
  c: { extends: p, env: { A: 1.20, E: ~ }, instances: [{ name: b, host: h, path: /srv/b, env: { <<: *common, D: 1e3 } }] }
  d: { extends: c, env: { <<: [{ A: 2.0 }, { A: 3.0, G: 0.0 }], H: null }, instances: [{ name: b, host: h, path: /srv/d }] }
`).environments,
    ).map(({ instances }) => instances[0]?.env);
    expect(stable).to.deep.equal({ A: '1.10', B: '08', C: '0x1F', D: '~', E: '1.0', F: '0x1F' });
    expect(canary).to.deep.equal({ A: '1.10', B: '007', C: '0x1F', D: '1e3', E: '1.0' });
    const last = read(`app: shop
environments:
  p: { path: /srv/shop, service: { systemd: s }, env: { A: 1.10, B: 1 }, instances: [{ name: a, host: h }] }
  d: { extends: p, env: { <<: [{ A: 2.0 }, { A: 3.0, G: 0.0 }], H: null }, instances: [{ name: b, host: i }] }
`).environments['d'];
    expect(last?.instances[0]?.env).to.deep.equal({ A: '2.0', B: '1', G: '0.0', H: 'null' });
  });

  it('keep their text beside and inside of ${…}', () => {
    expect(variableOf('${env:V}', { V: '1.10' })).to.equal('1.10');
    expect(variableOf('${env:V}', { V: '007' })).to.equal('007');
    expect(variableOf('${env:V}', { V: 'null' })).to.equal('null');
    expect(variableOf('${env:V:-}', { V: '' })).to.equal('');
    expect(variableOf('${env:V:-1.10}')).to.equal('1.10');
    expect(variableOf('v${env:V:-1.10}')).to.equal('v1.10');
    expect(variableOf('1${env:V:-.10}')).to.equal('1.10');
    expect(variableOf('0${env:V}', { V: '7' })).to.equal('07');
  });

  it('are text wherever a key is text', () => {
    const one = instanceOf(
      `app: shop
environments:
  1.10:
    path: /srv/shop
    branch: 1.10
    service: { systemd: 007 }
    health: { path: /up, release: 010 }
    instances: [{ name: 1.0, host: 10, url: 'http://h:1', tags: [1.10, 2e3, true] }]
`,
    );
    expect(one).to.deep.include({ name: '1.0', host: '10', tags: ['1.10', '2e3', 'true'] });
    expect(one.service).to.deep.equal({ kind: 'systemd', unit: '007' });
    expect(one.health.release).to.equal('010');
    const config = read(`app: shop
environments:
  1.10: { branch: 1.10, path: /srv/a, service: { start: true, stop: 1, status: 0x0 }, instances: [{ name: a, host: h }] }
  1.1: { extends: 1.10, branch: 1.1, instances: [{ name: b, host: i }] }
traffic: { stable: 1.10, canary: 1.1, header: 007, sticky: { header: 1e1 }, admin: { token: 000123456 }, balancer: { haproxy: { backend: 1.0, servers: { a: 01 } } } }
`);
    expect(Object.keys(config.environments)).to.deep.equal(['1.10', '1.1']);
    expect([config.environments['1.10']?.branch, config.environments['1.1']?.branch]).to.deep.equal([
      '1.10',
      '1.1',
    ]);
    expect(config.environments['1.1']?.instances[0]?.service)
      .to.include({ kind: 'commands' })
      .and.to.deep.include({
        start: ['true'],
        stop: ['1'],
        status: ['0x0'],
      });
    expect(config.traffic).to.include({ stable: '1.10', canary: '1.1', header: '007', sticky: 'header:1e1' });
    expect(config.traffic?.admin.token?.reveal()).to.equal('000123456');
    expect(config.traffic?.balancer).to.deep.include({
      haproxy: { hosts: ['local'], socket: '/run/haproxy/admin.sock', backend: '1.0', servers: { a: '01' } },
    });
  });

  it('are numbers and yes or no where a key is one, also from a variable', () => {
    const keys = 'keep: 0x5\n    capacity: 1e2\n    rollout: { batch: 02, maxUnavailable: ${env:MOST} }';
    const { environments } = read(withKeys(keys), { MOST: '2' });
    expect(environments['p']?.instances[0]).to.include({ keep: 5, capacity: 100 });
    expect(environments['p']?.rollout).to.deep.include({
      batch: [{ count: 2 }],
      maxUnavailable: { count: 2 },
    });
    const more = (ssh: string, env = {}) => read(`app: shop\nssh: { ${ssh} }`, env).ssh;
    expect(more('concurrency: "${env:N}", acceptNew: ${env:NEW}', { N: '7', NEW: 'true' })).to.include({
      concurrency: 7,
      acceptNew: true,
    });
    expect(more('acceptNew: True').acceptNew).to.equal(true);
    expect(problemsOf(() => more('concurrency: "7"'))).to.have.length(1);
    expect(problemsOf(() => more('concurrency: ${env:N}', { N: 'seven' }))).to.have.length(1);
    expect(problemsOf(() => more('acceptNew: yes'))).to.deep.equal([
      'ssh.acceptNew: must be true or false, not "yes"',
    ]);
  });

  it('that are nothing leave their key out, of whatever kind it is', () => {
    for (const nothing of ['', '~', 'null', 'Null'])
      expect(
        instanceOf(withKeys(`env: ${nothing}\n    health: ${nothing}\n    keep: ${nothing}`)),
      ).to.deep.include({
        env: {},
        keep: 5,
      });
    expect(problemsOf(() => instanceOf(withKeys('shared: [~]')))).to.deep.equal([
      'environments.p.shared[0]: must be a text, not null',
    ]);
    const named = read('app: shop\nenvironments: { env: { keep: ~, branch: ~, instances: [] } }');
    expect(named.environments['env']?.branch).to.equal(null);
  });

  it('never show how they are kept', () => {
    for (const keys of [
      'service: 007',
      'keep: 1.50',
      'health: 0x1',
      'rollout: { drain: 007, margin: 1.0, batch: 0.50 }',
    ])
      for (const message of problemsOf(() =>
        instanceOf(withKeys(keys).replace(/\n {4}service: \{ systemd: s \}/, '')),
      ))
        expect(message).not.to.match(/\0|\\u0000/);
  });

  it('any text that YAML reads as one word is that word in env (property)', () => {
    const sign = fc.constantFrom(...'0123456789.eExXoO+-_:infNaNtruefalsnulyo~');
    const word = fc.string({ unit: sign, minLength: 1, maxLength: 8 }).filter((text) => {
      // Indicators of YAML begin no word.
      if (/^[-:]($|[:\s])|:$|^-+$/.test(text) || /^[:?-]/.test(text)) return false;
      return !text.includes(': ');
    });
    fc.assert(
      fc.property(word, (text) => {
        expect(variableOf(text)).to.equal(text);
      }),
      { numRuns: 200 },
    );
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), (text) => {
        const value = text.replace(/[\0-\x1f\x7f-\x9f\u2028\u2029$]/g, '');
        expect(variableOf(stringify(value, { lineWidth: 0 }).trimEnd())).to.equal(value);
      }),
      { numRuns: 200 },
    );
  });
});
