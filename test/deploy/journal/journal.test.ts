import { expect } from 'chai';
import fc from 'fast-check';
import { entriesOf, journalRecord, readJournal, writeJournal } from '../../../src/deploy/journal/journal.ts';
import { CanopyError } from '../../../src/errors.ts';
import { plan } from '../../soak/decisions.ts';
import { lawsOf, words } from '../../support/services/record-laws.ts';
import { journalOf } from './journal-cases.ts';

const key = 'canopy:shop:deploy:production';
const evil = '$(touch /tmp/pwned)';
const whole = journalOf({
  plan: plan(2, { retire: ['old-1'], unchanged: ['web-3'] }),
  doing: ['gate web-2'],
  records: ['stage web-1', 'stage web-2 failed', 'retire old-1'],
});

/** A path into the journal, a value that has no place there, and what is said of it. */
const wrongs: readonly (readonly [path: string, value: unknown, reason: string])[] = [
  ['deploy', undefined, 'deploy is missing'],
  ['deploy', evil, 'deploy is no id'],
  ['deploy', '../../etc', 'deploy is no id'],
  ['deploy', 'x\ny', 'deploy is no id'],
  ['action', 'canary', 'action is none'],
  ['action', ['deploy'], 'action is none'],
  ['environment', evil, 'environment is no name'],
  ['environment', 7, 'environment is no name'],
  ['release', evil, 'release is no release id'],
  ['release', 'a..b', 'release is no release id'],
  ['release', null, 'release is no release id'],
  ['commit', 'HEAD; reboot', 'commit is none'],
  ['commit', ['1a2b'], 'commit is none'],
  ['commit', null, 'commit is none'],
  ['version', { toString: 'x' }, 'version is no text'],
  ['sha256', 'a'.repeat(63), 'sha256 is none'],
  ['sha256', ['a'.repeat(64)], 'sha256 is none'],
  ['sha256', undefined, 'sha256 is missing'],
  ['by', null, 'by is no text'],
  ['token', undefined, 'token is missing'],
  ['token', Number.MAX_SAFE_INTEGER, 'token is no count'],
  ['token', '7', 'token is no count'],
  ['token', -1, 'token is no count'],
  ['token', 1e300, 'token is no count'],
  ['startedAt', '2026', 'startedAt is no time'],
  ['startedAt', 1.5, 'startedAt is no time'],
  ['startedAt', -1, 'startedAt is no time'],
  ['state', 'unchanged', 'state is none'],
  ['state', ['running'], 'state is none'],
  ['doing', null, 'doing is no list'],
  ['doing', { length: 0 }, 'doing is no list'],
  ['doing.0', null, 'doing holds an entry'],
  ['doing.0.kind', 'run', 'doing holds an entry'],
  ['doing.0.kind', '__proto__', 'doing holds an entry'],
  ['doing.0.instance', 'web-9', 'doing holds an entry'],
  ['doing.0.instance', ['web-1'], 'doing holds an entry'],
  ['doing.0.result', 'ok', 'doing holds an entry'],
  ['records', 'all', 'records is no list'],
  ['records.0', [], 'records holds an entry'],
  ['records.0.kind', undefined, 'records holds an entry'],
  ['records.0.instance', '../web-1', 'records holds an entry'],
  ['records.0.instance', 'web-3', 'records holds an entry'],
  ['records.0.result', undefined, 'records holds an entry'],
  ['records.0.result', 'fine', 'records holds an entry'],
  ['records.0.unconfirmed', 'yes', 'records holds an entry'],
  ['records.1.reason', 7, 'records holds an entry'],
  ['plan', null, 'plan is no object'],
  ['plan', undefined, 'plan is missing'],
  ['plan.environment', 'canary', 'plan is for another environment'],
  ['plan.release', 'newer', 'plan is for another release'],
  ['plan.strategy', 'yolo', 'strategy is none'],
  ['plan.strategy', ['rolling'], 'strategy is none'],
  ['plan.onFailure', 'ignore', 'onFailure is none'],
  ['plan.balanced', 'yes', 'balanced is no'],
  ['plan.maxFailures', -1, 'maxFailures is no number'],
  ['plan.maxFailures', '0', 'maxFailures is no number'],
  ['plan.hooks', null, 'hooks are none'],
  ['plan.hooks.once', 'rm -rf /', 'hooks are none'],
  ['plan.hooks.evil', true, 'hooks are none'],
  ['plan.tracks', {}, 'tracks holds'],
  ['plan.tracks.0', null, 'tracks holds'],
  ['plan.tracks.0.instance', evil, 'tracks holds'],
  ['plan.tracks.0.previous', evil, 'tracks holds'],
  ['plan.tracks.0.previous', undefined, 'tracks holds'],
  ['plan.tracks.0.astray', evil, 'tracks holds'],
  ['plan.tracks.0.astray', null, 'tracks holds'],
  ['plan.tracks.0.send', 1, 'tracks holds'],
  ['plan.tracks.0.warm', null, 'tracks holds'],
  ['plan.tracks.0.prune', ['../..'], 'tracks holds'],
  ['plan.tracks.0.prune', 'old', 'tracks holds'],
  ['plan.tracks.1.instance', 'web-1', 'stands twice'],
  ['plan.unchanged', ['web 4'], 'unchanged holds no names'],
  ['plan.unchanged', ['web-1'], 'stands twice'],
  ['plan.retire', [null], 'retire holds no names'],
  ['plan.retire', ['web-2'], 'stands twice'],
  ['plan.batches', 'all', 'batches are none'],
  ['plan.batches', [['web-1'], []], 'batches are none'],
  ['plan.batches', [['web-1'], 'web-2'], 'batches are none'],
  ['plan.batches', [['web-1']], 'batches do not fit'],
  ['plan.batches', [['web-2'], ['web-1']], 'batches do not fit'],
  ['plan.batches', [['web-1'], ['web-2', 'web-9']], 'batches do not fit'],
];

describe('the journal in the store, read back', () => {
  it('comes back as it was', () => {
    expect(readJournal(writeJournal(whole), key)).to.deep.equal(whole);
    const astray = { ...whole, plan: { ...whole.plan, tracks: [...whole.plan.tracks] } };
    astray.plan.tracks[0] = { ...astray.plan.tracks[0], astray: 'newer' } as never;
    expect(readJournal(writeJournal(astray), key)).to.deep.equal(astray);
  });

  it('holds no reason that it would refuse', () => {
    const failed = { kind: 'gate', instance: 'web-1', release: 'new', result: 'failed' } as const;
    const records = entriesOf([{ ...failed, reason: 'x'.repeat(9999) }]);
    expect(readJournal(writeJournal({ ...whole, records }), key).records).to.have.length(1);
  });

  it('is read whatever the words in it: a build with a long name, a version of many lines', () => {
    const odd = { ...whole, by: `job ${'x'.repeat(400)}`, version: '1.0\n\u001b[2J' };
    const records = whole.records.map((one) => ({ ...one, reason: 'two\nlines' }));
    for (const text of [JSON.stringify({ ...odd, records }), writeJournal({ ...odd, records })]) {
      const read = readJournal(text, key);
      expect([read.by.length, read.version, read.records[0]?.reason]).to.deep.equal([
        300,
        '1.0 [2J',
        'two lines',
      ]);
    }
  });

  lawsOf(
    journalRecord,
    fc
      .tuple(words, words, words, fc.constantFrom('running' as const, 'mixed' as const, 'done' as const))
      .map(([by, version, reason, state]) => ({
        ...{ ...whole, by, version, state },
        records: whole.records.map((one) => ({ ...one, reason })),
      })),
    100,
  );

  for (const text of ['', '{', 'null', '[]', '"running"', '7'])
    it(`is refused: ${text === '' ? 'nothing' : text}`, () => void refused(text));

  for (const [path, value, reason] of wrongs)
    it(`is refused: ${path} is ${JSON.stringify(value)?.slice(0, 40) ?? 'missing'}`, () => {
      expect(refused(JSON.stringify(changed(whole, path.split('.'), value)))).to.contain(reason);
    });

  it('has no field that is not looked at', () => {
    const named = new Set(wrongs.map(([path]) => path.replace(/\.\d+/g, '')));
    const fields = [
      ...Object.keys(whole),
      ...Object.keys(whole.plan).map((name) => `plan.${name}`),
      ...Object.keys(whole.plan.tracks[0] ?? {}).map((name) => `plan.tracks.${name}`),
      ...['kind', 'instance', 'result', 'reason'].map((name) => `records.${name}`),
    ];
    expect(fields.filter((field) => !named.has(field))).to.deep.equal([]);
  });
});

/** What is said of it. */
function refused(text: string): string {
  let said = '';
  try {
    readJournal(text, key);
  } catch (error) {
    if (!(error instanceof CanopyError)) throw error;
    expect(error.code).to.equal('store-record');
    said = error.message;
  }
  expect(said).to.contain(key).and.not.to.contain('pwned');
  return said;
}

function changed(of: unknown, [name = '', ...rest]: readonly string[], value: unknown): unknown {
  const copy = structuredClone(of) as Record<string, unknown>;
  copy[name] = rest.length > 0 ? changed(copy[name], rest, value) : value;
  return copy;
}
