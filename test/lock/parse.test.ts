import { expect } from 'chai';
import fc from 'fast-check';
import { isCanopyError } from '../../src/errors.ts';
import { parseRecord, writeRecord } from '../../src/lock/parse.ts';

const record = {
  id: '0123456789abcdef',
  holder: 'shop #7',
  reason: 'deploy r1',
  url: 'http://jenkins/7/',
  token: 3,
  since: 1_800_000_000_000,
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
        (holder, reason, url) => {
          const back = parseRecord(writeRecord({ ...record, holder, reason, url }), 'k');
          expect(back.id).to.equal(record.id);
          expect(back.holder).not.to.equal('');
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
    'an escape sequence in the reason': JSON.stringify({ ...record, reason: '\u001b[2Jgone' }),
    'a reason without end': JSON.stringify({ ...record, reason: 'a'.repeat(501) }),
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

  it('takes over nothing but what it knows', () => {
    const text = JSON.stringify({ ...record, command: 'rm -rf /' }).replace(
      '{',
      '{"__proto__":{"polluted":1},',
    );
    expect(Object.keys(parseRecord(text, 'k'))).to.deep.equal(Object.keys(record));
  });
});
