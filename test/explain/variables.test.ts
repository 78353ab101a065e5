import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { readConfig } from '../../src/config/index.ts';
import { parseYaml } from '../../src/config/file/yaml.ts';
import { explainConfig } from '../../src/explain/index.ts';
import { toYaml } from '../../src/explain/written/to-yaml.ts';

const env = { HOME: '/home/me' };

describe('explain config, of variables', () => {
  it('writes what came from a variable or a file as it stands in the file, at every place', () => {
    const yaml = `app: shop
environments:
  one:
    path: /srv/\${env:BASE}
    service: { systemd: shop }
    env: { DATABASE: "\${env:DATABASE}", LEVEL: "\${env:LEVEL:-high}", MODE: "\${env:MODE:-plain}", PORT: "\${env:PORT}", MIXED: "a-\${env:MIXED}-b" }
    health: { within: "\${env:WITHIN}", command: "curl -u \${env:LOGIN} x" }
    keep: "\${env:KEEP}"
    hooks: { after: [one, "two \${env:LOGIN}"] }
    instances: [{ name: a, host: a }, { name: b, host: "\${env:HOST_B}", env: { DATABASE: own, PORT: "1\${env:PORT}" } }]
  two: { extends: one, path: /srv/two, branch: "\${env:BRANCH}", rollout: { batch: "\${env:BATCH}" }, instances: { file: list.yml } }
traffic: { stable: one, weight: "\${env:WEIGHT}", balancer: { commands: { drain: "d \${env:LOGIN}", ready: [r] } } }
canary: { gates: [{ name: g, webhook: { url: "\${env:HOOK}", token: "\${env:LOGIN}" } }] }
`;
    const folder = mkdtempSync(join(tmpdir(), 'canopy-explain-'));
    writeFileSync(join(folder, 'list.yml'), '[{ name: c, host: c, env: { DATABASE: "x${env:DATABASE}" } }]');
    const more = {
      ...{
        BASE: 'base',
        DATABASE: 'postgres://u:sesame@db/x',
        LEVEL: 'sesame-level',
        PORT: '4711',
        MIXED: '1',
      },
      ...{
        WITHIN: '17s',
        LOGIN: 'me:sesame',
        KEEP: '9',
        HOST_B: 'host-b',
        BRANCH: 'side',
        BATCH: '2',
        WEIGHT: '17%',
      },
      HOOK: 'https://hooks.example.org/sesame',
    };
    try {
      const read = (text: string) => readConfig(text, join(folder, 'canopy.yml'), { ...env, ...more });
      const loaded = read(yaml);
      const { text } = explainConfig(loaded);
      for (const hidden of ['sesame', '4711', '17s', 'host-b', 'side', '17%', '/srv/base'])
        expect(text.split('\n').filter((line) => line.includes(hidden))).to.deep.equal([]);
      for (const shown of [
        'path: /srv/${env:BASE}',
        'DATABASE: ${env:DATABASE}',
        'LEVEL: ${env:LEVEL:-high}',
        'MODE: plain',
        'MIXED: a-${env:MIXED}-b',
        'DATABASE: own',
        'PORT: 1${env:PORT}',
        'within: ${env:WITHIN}',
        'command: curl -u ${env:LOGIN} x',
        'keep: ${env:KEEP}',
        '- two ${env:LOGIN}',
        'host: ${env:HOST_B}',
        'branch: ${env:BRANCH}',
        'batch: ${env:BATCH}',
        'weight: ${env:WEIGHT}',
        'drain: d ${env:LOGIN}',
        'url: ${env:HOOK}',
        'DATABASE: x${env:DATABASE}',
      ])
        expect(text).to.contain(shown);
      const again = read(text.replace('token: "[secret]"', 'token: ${env:LOGIN}')).config;
      expect(JSON.parse(JSON.stringify(again))).to.deep.equal(JSON.parse(JSON.stringify(loaded.config)));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('writes any data as YAML that is read as the same (property)', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...'ab1.: -#"\'\\$&*!|>%@`,?[]{}~\n\t') }),
      fc.constantFrom(
        'null',
        '~',
        'true',
        '1.10',
        '007',
        '${env:X}',
        'a ${env:X:-b: c} d',
        '=',
        '<<',
        '---',
        '...',
        'a: b',
        'a #b',
      ),
    );
    const clean = text.map((value) =>
      value
        .toWellFormed()
        .replace(/\$(?=\{)/g, '')
        .replaceAll('\0', ''),
    );
    const key = clean.filter((value) => value !== '__proto__');
    const { tree } = fc.letrec<{ tree: unknown; node: object }>((tie) => ({
      tree: fc.oneof({ depthSize: 'small' }, clean, fc.integer(), fc.boolean(), tie('node')),
      node: fc.oneof(
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(key, tie('tree'), { maxKeys: 3 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(key, tree, { maxKeys: 3 }), (data) => {
        expect(parseYaml(toYaml(data), '')).to.deep.equal(JSON.parse(JSON.stringify(data)));
      }),
      { numRuns: 40 },
    );
    const variables = { a: '${env:X}', b: ['x ${env:X:-1: 2} "y"', { c: '${file:/a b}' }] };
    expect(parseYaml(toYaml(variables), '')).to.deep.equal(variables);
  });
});
