import { expect } from 'chai';
import fc from 'fast-check';
import { apply } from '../../src/traffic/change.ts';
import { parseState, stateRecord, toText } from '../../src/traffic/record.ts';
import { leaseRecord } from '../../src/traffic/routers.ts';
import { initial, shareOf } from '../../src/traffic/state.ts';
import { lawsOf, words } from '../support/services/record-laws.ts';
import { stateWith } from './changes.ts';

const alert = { since: 1, by: 'monitor', reason: 'errors' };

describe('a traffic record from outside', () => {
  const good = JSON.parse(toText(apply(initial(33, 1), { kind: 'alert', actor: 'r1', alert }))) as Record<
    string,
    unknown
  >;
  const bad: Record<string, unknown> = {
    'not JSON': '{',
    'a list': '[]',
    null: 'null',
    'no weight': { ...good, weight: undefined },
    'a weight above 100': { ...good, weight: 100.1 },
    'a weight below 0': { ...good, weight: -1 },
    'a weight with two decimals': { ...good, weight: 33.33 },
    'a weight as text': { ...good, weight: '33' },
    'a version that is no count': { ...good, version: 1.5 },
    'a version too large': { ...good, version: 1e300 },
    'a negative epoch': { ...good, epoch: -1 },
    'enabled as text': { ...good, enabled: 'yes' },
    'drained as a list': { ...good, drained: ['web-1'] },
    'a drained name with a shell in it': { ...good, drained: { '$(reboot)': { since: 1, by: 'x' } } },
    'a name that reaches for the prototype':
      '{"epoch":1,"version":1,"enabled":true,"weight":1,"drained":{"__proto__":{"since":1,"by":"x"}},"reverted":null,"marks":{}}',
    'a reason that is no text': { ...good, reverted: { since: 1, by: 'x', reason: ['a'] } },
    'a version with nothing above it': { ...good, version: Number.MAX_SAFE_INTEGER },
    'a mark without counts': { ...good, marks: { r1: { since: 1, by: 'x', reason: 'y' } } },
    'ten thousand entries': {
      ...good,
      drained: Object.fromEntries(
        Array.from({ length: 10_001 }, (_, i) => [`web-${i}`, { since: 1, by: 'x' }]),
      ),
    },
    'a maintenance without a reason': { ...good, maintenance: { since: 1, by: 'x' } },
    'a way to stick that is none': { ...good, sticky: 'header:a b' },
    'a salt that is none': { ...good, salt: 'x;y' },
    'relapses below 0': { ...good, relapses: -1 },
    'a time that is none': { ...good, resumedAt: 'now' },
    'a million characters': `"${'a'.repeat(1_000_001)}"`,
  };
  for (const [name, record] of Object.entries(bad)) {
    it(`is refused: ${name}`, () => {
      const text = typeof record === 'string' ? record : JSON.stringify(record);
      expect(parseState(text)).to.have.property('ok', false);
    });
  }

  it('is read whatever the words in it: they are made one short line', () => {
    const said = {
      'a\nb\u001b[2J': 'a b [2J',
      ['a'.repeat(2000)]: `${'a'.repeat(999)}…`,
      'a\ud800b': 'a\ufffdb',
    };
    for (const [reason, told] of Object.entries(said)) {
      const parsed = parseState(JSON.stringify({ ...good, reverted: { since: 1, by: 'x', reason } }));
      expect(parsed.ok && parsed.value.reverted?.reason).to.equal(told);
    }
  });

  it('of an older version is read: nobody sticks, no salt, no relapse', () => {
    const old = {
      ...good,
      maintenance: undefined,
      sticky: undefined,
      salt: undefined,
      relapses: undefined,
      resumedAt: undefined,
    };
    const parsed = parseState(JSON.stringify(old));
    expect(parsed.ok && parsed.value).to.include({
      maintenance: null,
      sticky: 'none',
      salt: '',
      relapses: 0,
      resumedAt: null,
    });
  });

  it('of an older version goes on as it was: its canary is on, and the text stays that of the older version', () => {
    const { begun, ...old }: Record<string, unknown> = { ...good, alert: null, marks: {}, enabled: true };
    expect(begun, 'that of a first state is new').to.equal(false);
    const parsed = parseState(JSON.stringify(old));
    expect(parsed.ok && [shareOf(parsed.value), toText(parsed.value)]).to.deep.equal([
      33,
      JSON.stringify(old),
    ]);
  });

  it('cannot hide an alert: what its marks come to counts', () => {
    const parsed = parseState(JSON.stringify({ ...good, alert: null }));
    expect(parsed.ok && parsed.value.alert?.reason).to.equal('errors');
  });
});

describe('the record of the traffic state', () => {
  lawsOf(stateRecord, stateWith(words));

  it('takes any words as they come, also those that nobody has made one line before', () => {
    const reason = 'two\nlines';
    const raw = { ...initial(33, 1), reverted: { since: 1, by: 'ann', reason } };
    expect(JSON.parse(toText(raw))).to.have.nested.property('reverted.reason', 'two lines');
    expect(() => toText({ ...raw, weight: 33.33 }), 'a defect is not written').to.throw(TypeError, 'weight');
  });
});

describe('the lease of a router', () => {
  const names = fc.constantFrom('web-1', 'constructor', 'r1');
  const counts = fc.dictionary(names, fc.nat(), { noNullPrototype: true });
  lawsOf(
    leaseRecord,
    fc.record({
      id: names,
      epoch: fc.nat(),
      version: fc.nat(),
      drained: fc.array(names, { maxLength: 3 }),
      inFlight: counts,
      longLived: counts,
      health: fc.dictionary(names, fc.constantFrom('unknown', 'healthy', 'unhealthy'), {
        noNullPrototype: true,
      }),
      rates: fc.option(counts, { nil: null }),
      at: fc.nat(),
    }),
  );
});
