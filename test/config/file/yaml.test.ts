import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadConfig } from '../../../src/config/file/load.ts';
import { parseYaml } from '../../../src/config/file/yaml.ts';
import { openDiskCache } from '../../../src/step/start/disk-cache.ts';
import { parsedTexts } from '../../../src/step/start/parsed-config.ts';
import { tempFolder } from '../../support/temp.ts';

describe('YAML of canopy.yml', () => {
  const wrong: [string, string, RegExp][] = [
    ['a merge of a word', 'a: { <<: x }', /<< takes a mapping/],
    ['an alias to nothing', 'a: *b', /\*b names an anchor that does not stand before it/],
    ['an alias to itself', 'a: &a [*a]', /too much|too deep|alias/i],
    ['a merge of itself', 'a: &a { <<: *a }', /too much|too deep|alias/i],
    ['the same key twice', 'a: 1\na: 2', /unique/],
    ['the same key, once in quotes', '1.10: 1\n"1.10": 2', /unique/],
    ['a key that is a list', '? [a]\n: 1', /a key has to be one word/],
  ];
  for (const [what, text, message] of wrong)
    it(`refuses ${what}`, () => expect(() => parseYaml(text, 'canopy.yml')).to.throw(message));

  it('takes an alias for the last anchor of that name before it, also beside one that is read again', () => {
    expect(parseYaml('a: &x 1\nb: *x\nc: &x 2\nd: *x', 'c')).to.deep.equal({ a: 1, b: 1, c: 2, d: 2 });
    expect(parseYaml('a: &a [&b 1]\nb: &b 2\nc: *a\nd: *b', 'c')).to.deep.equal({
      a: [1],
      b: 2,
      c: [1],
      d: 2,
    });
    expect(parseYaml('&k key: { <<: &m { x: &n 1 } }\n*k : *n\nm: *m', 'c')).to.deep.equal({
      key: 1,
      m: { x: 1 },
    });
  });

  it('tells keys apart as they are written, and knows no prototype', () => {
    expect(parseYaml('1.10: a\n1.1: b', 'x')).to.deep.equal({ '1.10': 'a', 1.1: 'b' });
    const read = parseYaml('__proto__: { polluted: yes }', 'x') as object;
    expect(Object.keys(read)).to.deep.equal(['__proto__']);
    expect('polluted' in {}).to.equal(false);
  });
});

describe('scalars of canopy.yml that is kept as parsed', () => {
  const folder = tempFolder();

  it('are the same from the cache', async () => {
    const at = join(folder(), 'app');
    mkdirSync(at);
    const env = { HOME: folder(), CANOPY_CACHE: join(folder(), 'cache') };
    mkdirSync(env.CANOPY_CACHE, { mode: 0o700 });
    writeFileSync(
      join(at, 'canopy.yml'),
      `app: shop
environments:
  p:
    path: /srv/shop
    service: { systemd: s }
    env: { A: 1.10, B: ~ }
    instances: { file: more.yml }
`,
    );
    writeFileSync(join(at, 'more.yml'), '[{ name: 1.10, host: h, env: { B: 007, C: ~ } }]');
    const kept = openDiskCache(env);
    if (kept === null) throw new Error('there is no cache');
    const texts = parsedTexts(kept, 'test');
    const load = async () => (await loadConfig(join(at, 'canopy.yml'), env, texts)).config.environments['p'];
    const [first, second] = [await load(), await load()];
    expect(second).to.deep.equal(first);
    expect(second?.instances[0]?.env).to.deep.equal({ A: '1.10', B: '007', C: '~' });
  });
});
