import { expect } from 'chai';
import type { DiskCache } from '../../../src/step/start/disk-cache.ts';
import { parsedTexts } from '../../../src/step/start/parsed-config.ts';

const inMemory = (): DiskCache & { files: Map<string, Buffer> } => {
  const files = new Map<string, Buffer>();
  return {
    files,
    // One name for all: what is found must not hang on it.
    nameOf: () => 'same',
    read: (name) => files.get(name) ?? null,
    write: (entries) => {
      for (const [name, content] of entries) files.set(name, content);
    },
  };
};
const keep = (kept: DiskCache, text: string, data: unknown, secrets: string[] = []): void =>
  parsedTexts(kept, 'p1').keep(new Map([[text, data]]), secrets);

describe('texts of YAML that are kept as they were parsed', () => {
  it('are found by exactly their text, and by the parser that has read them', () => {
    const kept = inMemory();
    keep(kept, 'app: shop', { app: 'shop' });
    expect(parsedTexts(kept, 'p1').find('app: shop')).to.deep.equal({ app: 'shop' });
    expect(parsedTexts(kept, 'p1').find('app: shoq')).to.equal(undefined);
    expect(parsedTexts(kept, 'p1').find('app: shop\n')).to.equal(undefined);
    expect(parsedTexts(kept, 'p2').find('app: shop')).to.equal(undefined);
  });

  it('are parsed anew when something else stands there', () => {
    for (const odd of ['', 'null', '[]', '{', '"text"', '{"parser":"p1"}']) {
      const kept = inMemory();
      kept.files.set('yaml-same', Buffer.from(odd));
      expect(parsedTexts(kept, 'p1').find('app: shop'), odd).to.equal(undefined);
    }
  });

  it('come back as they were, or are not kept', () => {
    const same = [
      { a: [1, null, true, 'x', {}], b: { c: '${env:X}' } },
      [],
      1.5,
      JSON.parse('{"__proto__":{"a":1}}'),
    ];
    for (const data of same) {
      const kept = inMemory();
      keep(kept, 'text', data);
      expect(parsedTexts(kept, 'p1').find('text')).to.deep.equal(data);
    }
    for (const data of [
      { a: NaN },
      { a: Infinity },
      { a: -0 },
      { a: new Date(0) },
      { a: new Set([1]) },
      { a: undefined },
    ]) {
      const kept = inMemory();
      keep(kept, 'text', data);
      expect(kept.files.size).to.equal(0);
    }
  });

  const secret: readonly [name: string, data: unknown, secrets?: string[], text?: string][] = [
    ['a known secret', { a: 'x-hunter2-y' }, ['hunter2']],
    ['a known secret in a list', { a: [{ b: 'hunter2' }] }, ['', 'hunter2']],
    ['a known secret in a comment', {}, ['hunter2'], '# hunter2\napp: shop'],
    ['the password of an address', { store: 'redis://:pw@host/0' }],
    ['the password of a default', { store: '${env:CANOPY_STORE:-redis://u:p@ss@host}' }],
    ['a written password', { store: { password: 'hunter2' } }],
    ['a written password of digits', { store: { password: 12345678 } }],
    ['a written default of a token', { traffic: { admin: { alertToken: '${env:T:-dev}' } } }],
    ['one of several tokens', { tokens: ['${env:A}', 'written'] }],
  ];
  for (const [name, data, secrets = [], text = 'text'] of secret) {
    it(`are not kept with ${name}`, () => {
      const kept = inMemory();
      keep(kept, text, data, secrets);
      expect(kept.files.size).to.equal(0);
    });
  }

  it('are kept with variables in place of secrets', () => {
    const kept = inMemory();
    const data = {
      store: { sentinels: ['a:1'], password: '${env:P}' },
      traffic: { admin: { token: '${env:CANOPY_TOKEN:-}', alertToken: '${file:/run/t}' } },
      environments: { p: { instances: [{ host: 'deploy@10.0.0.1:22', url: 'http://10.0.0.1:3000' }] } },
    };
    keep(kept, 'text', data, ['']);
    expect(parsedTexts(kept, 'p1').find('text')).to.deep.equal(data);
  });
});
