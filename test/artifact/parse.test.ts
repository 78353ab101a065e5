import { expect } from 'chai';
import { isReleaseId, releaseId } from '../../src/artifact/id.ts';
import { buildKey } from '../../src/artifact/key.ts';
import { parseLatest, parseManifest } from '../../src/artifact/parse.ts';

const good = {
  format: 1,
  app: 'shop',
  id: '20261121093000-1a2b3c4-9f8e7d',
  commit: '1a2b3c4'.padEnd(40, '0'),
  branch: 'main',
  version: '1.2.3',
  build: { number: '7', url: null },
  time: '2026-11-21T09:30:00.000Z',
  sha256: '9f8e7d'.padEnd(64, '0'),
  size: 100,
  dirty: false,
  key: 'k',
  files: { 'dist/a.js': { sha256: 'a'.repeat(64), mode: '0644', size: 3 } },
};
const reasonOf = (change: object): string | null => {
  const parsed = parseManifest(JSON.stringify({ ...good, ...change }));
  return 'reason' in parsed ? parsed.reason : null;
};

describe('artifact/id', () => {
  it('is sortable and bound to commit and bytes', () => {
    expect(releaseId(Date.UTC(2026, 10, 21, 9, 30), good.commit, good.sha256)).to.equal(good.id);
    expect(isReleaseId(good.id)).to.be.true;
  });

  it('is never a path, an option or more than one word', () => {
    const bad = [
      '',
      '.',
      '..',
      '-rf',
      '.hidden',
      'a/b',
      'a b',
      'a\n',
      'a..b',
      'a;b',
      '$(x)',
      'ä',
      'a'.repeat(82),
    ];
    expect(bad.filter(isReleaseId)).to.deep.equal([]);
    expect(['a', 'v1.2.3', 'A-b_c.9', 'a'.repeat(81)].every(isReleaseId)).to.be.true;
  });
});

describe('artifact/parse', () => {
  it('reads a manifest', () => {
    expect(parseManifest(JSON.stringify(good))).to.deep.equal(good);
  });

  const hostile: Readonly<Record<string, [object, string]>> = {
    'another format': [{ format: 2 }, 'its format is not 1: another version of Canopy wrote it'],
    'an id that is a path': [{ id: '../../etc' }, 'id is missing or not what it should be'],
    'an id that is an option': [{ id: '--help' }, 'id is missing or not what it should be'],
    'no app': [{ app: undefined }, 'app is missing or not what it should be'],
    'an app that is a command': [{ app: 'a;b' }, 'app is missing or not what it should be'],
    'a commit that is no hash': [{ commit: 'HEAD' }, 'commit is missing or not what it should be'],
    'a version with a newline': [{ version: '1\n2' }, 'version is missing or not what it should be'],
    'a short hash': [{ sha256: 'abc' }, 'sha256 is missing or not what it should be'],
    'a size that is no number': [{ size: '1' }, 'size is missing or not what it should be'],
    'a size below zero': [{ size: -1 }, 'size is missing or not what it should be'],
    'no file': [{ files: {} }, 'it names no file'],
    'a list of files': [{ files: ['a'] }, 'files is missing or not what it should be'],
    'a file outside': [{ files: { '../a': good.files['dist/a.js'] } }, 'the file "../a" has .. in its name'],
    'a file without a hash': [
      { files: { a: { size: 1, mode: '0644' } } },
      'the entry of the file "a" is not what it should be',
    ],
    'a strange mode': [
      { files: { a: { sha256: 'a'.repeat(64), size: 1, mode: '4755' } } },
      'the entry of the file "a" is not what it should be',
    ],
  };
  for (const [name, [change, reason]] of Object.entries(hostile)) {
    it(`refuses ${name}`, () => expect(reasonOf(change)).to.equal(reason));
  }

  for (const text of ['', '{', 'null', '[]', '"x"']) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(parseManifest(text)).to.deep.equal({ reason: 'it is no JSON object' });
      expect(parseLatest(text)).to.equal(null);
    });
  }

  it('takes only an id from the newest', () => {
    expect(parseLatest(JSON.stringify({ format: 1, id: good.id, path: '/etc/passwd' }))).to.equal(good.id);
    expect(parseLatest(JSON.stringify({ format: 1, id: '../x' }))).to.equal(null);
  });
});

describe('artifact/key', () => {
  const inputs = {
    app: 'shop',
    commit: good.commit,
    version: '1',
    config: { build: ['a', 'b'], files: ['dist'], irreversible: false, immutable: false, keep: 10 },
    runtime: 'v20-linux-x64',
    inputs: { 'package-lock.json': '{}' },
  };
  it('changes with everything that a build is made from', () => {
    const keys = [
      inputs,
      { ...inputs, app: 'other' },
      { ...inputs, commit: 'f'.repeat(40) },
      { ...inputs, version: '2' },
      { ...inputs, runtime: 'v22-linux-x64' },
      { ...inputs, inputs: {} },
      { ...inputs, inputs: { 'package-lock.json': '{ }' } },
      { ...inputs, config: { ...inputs.config, build: ['a\nb'] } },
      { ...inputs, config: { ...inputs.config, files: ['dist', 'public'] } },
    ].map(buildKey);
    expect(new Set(keys).size).to.equal(keys.length);
  });
  it('does not change with what a build is not made from', () => {
    const same = { ...inputs, config: { ...inputs.config, irreversible: true } };
    expect(buildKey(same)).to.equal(buildKey(inputs));
  });
});
