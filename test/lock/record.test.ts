import { expect } from 'chai';
import fc from 'fast-check';
import { isCanopyError } from '../../src/errors.ts';
import { isSameRun, lockRecord, nameOf, parseRecord, writeRecord } from '../../src/lock/record.ts';
import { lawsOf, words } from '../support/services/record-laws.ts';

const record = {
  id: '0123456789abcdef',
  holder: 'shop #7',
  run: 'jenkins-shop-7',
  reason: 'deploy r1',
  url: 'http://jenkins/7/',
  token: 3,
  since: 1_800_000_000_000,
  until: 1_800_000_030_000,
};

describe('the record of a lock', () => {
  it('comes back from its text as it was', () => {
    expect(parseRecord(writeRecord(record), 'k')).to.deep.equal(record);
  });

  it('is always readable again, whatever the words in it (property)', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ maxLength: 2000 }),
        fc.string(),
        fc.string({ unit: 'binary' }),
        (holder, reason, url, run) => {
          const back = parseRecord(writeRecord({ ...record, holder, run, reason, url }), 'k');
          expect(back.id).to.equal(record.id);
          expect(back.holder).not.to.equal('');
          expect(isSameRun(back, { run, url })).to.equal(run !== '');
        },
      ),
    );
  });

  const bad: Record<string, string> = {
    'no JSON': 'garbage',
    'a list': '[]',
    null: 'null',
    'no id': JSON.stringify({ ...record, id: undefined }),
    'an id with a path in it': JSON.stringify({ ...record, id: '../../etc/passwd' }),
    'no holder': JSON.stringify({ ...record, holder: '' }),
    'a holder that is an object': JSON.stringify({ ...record, holder: {} }),
    'a run that is a list': JSON.stringify({ ...record, run: ['shop #7'] }),
    'a reason that is none': JSON.stringify({ ...record, reason: null }),
    'a token with nothing above it': JSON.stringify({ ...record, token: Number.MAX_SAFE_INTEGER }),
    'a token as text': JSON.stringify({ ...record, token: '3' }),
    'a negative token': JSON.stringify({ ...record, token: -1 }),
    'a token too large': JSON.stringify({ ...record, token: 1e300 }),
    'a time out of reach': JSON.stringify({ ...record, since: 9e15 }),
    'a record too long': ' '.repeat(10_001),
  };
  for (const [name, text] of Object.entries(bad)) {
    it(`is refused: ${name}`, () => {
      expect(() => parseRecord(text, 'canopy:shop:lock:production'))
        .to.throw()
        .that.satisfies((error: unknown) => isCanopyError(error) && error.code === 'store-record')
        .and.has.property('message')
        .that.matches(/canopy:shop:lock:production/)
        .and.does.not.include('\u001b');
    });
  }

  it('is read whatever the words in it: they are made one short line', () => {
    const odd = { ...record, reason: 'a'.repeat(501), run: '\u009b2J', holder: 'anna\nok: all fine' };
    const read = parseRecord(JSON.stringify(odd), 'k');
    expect([read.reason.length, read.run, read.holder]).to.deep.equal([500, ' 2J', 'anna ok: all fine']);
  });

  lawsOf(
    lockRecord,
    fc.record({
      id: fc.constant(record.id),
      holder: words.filter((text) => text !== ''),
      run: words,
      reason: words,
      url: words,
      token: fc.nat(),
      since: fc.nat(),
    }),
  );

  it('takes over nothing but what it knows', () => {
    const text = JSON.stringify({ ...record, command: 'rm -rf /' }).replace(
      '{',
      '{"__proto__":{"polluted":1},',
    );
    expect(Object.keys(parseRecord(text, 'k'))).to.deep.equal(Object.keys(record));
  });

  it("of an older version tells no run, and is then nobody's", () => {
    const { run: _, ...older } = record;
    const read = parseRecord(JSON.stringify(older), 'k');
    expect(read.run).to.equal('');
    expect(isSameRun(read, { run: '', url: record.url })).to.equal(false);
  });

  const same: [string, { run: string; url: string }, boolean][] = [
    ['the same build', { run: 'jenkins-shop-7', url: record.url }, true],
    ['another build', { run: 'jenkins-shop-8', url: record.url }, false],
    ['a build of that name in another Jenkins', { run: 'jenkins-shop-7', url: 'http://other/7/' }, false],
    ['who does not know', { run: '', url: record.url }, false],
  ];
  for (const [name, asked, wanted] of same)
    it(`is ${wanted ? '' : 'not '}of the same run: ${name}`, () =>
      expect(isSameRun(record, asked)).to.equal(wanted));

  it('names a build by its name, and a user with the process', () => {
    expect(nameOf({ holder: 'shop #7', run: 'shop #7' })).to.equal('shop #7');
    expect(nameOf({ holder: 'shop #7', run: '' })).to.equal('shop #7');
    expect(nameOf({ holder: 'anna@desk', run: 'desk, process 4711, 9f3a2b1c' })).to.equal(
      'anna@desk (desk, process 4711, 9f3a2b1c)',
    );
  });
});
