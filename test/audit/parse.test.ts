import { expect } from 'chai';
import fc from 'fast-check';
import { events } from '../../src/audit/event.ts';
import { toLine } from '../../src/shared/text/line.ts';
import { words } from '../support/services/record-laws.ts';
import { paired, parseEntry, toFields, type AuditEntry } from '../../src/audit/parse.ts';

const actor = { name: 'shop #7', url: 'http://jenkins/7/' };
const good = toFields(
  'outcome',
  {
    action: 'deploy',
    environment: 'production',
    release: 'r1',
    target: 'web-1',
    reasons: ['a', 'b'],
    outcome: 'done',
  },
  { actor, at: 1_800_000_000_000, intent: '5-0' },
);

describe('an entry of the audit stream', () => {
  it('comes back as it was written', () => {
    expect(parseEntry({ id: '6-0', fields: good })).to.deep.equal({
      id: '6-0',
      kind: 'outcome',
      at: 1_800_000_000_000,
      actor,
      action: 'deploy',
      environment: 'production',
      release: 'r1',
      target: 'web-1',
      outcome: 'done',
      reasons: ['a', 'b'],
      intent: '5-0',
      event: null,
      previous: null,
      commit: null,
      durationMs: null,
      revertMs: null,
    });
  });

  it('tells of a deploy also what ran before, its commit, its event and its times', () => {
    const more = {
      event: events.upgraded,
      previous: 'r0',
      commit: '3f2a9c1',
      revertMs: 12.4,
      outcome: 'reverted',
    };
    const fields = toFields('outcome', { action: 'deploy', ...more }, { actor, at: 1, durationMs: 28_200 });
    expect(parseEntry({ id: '6-0', fields })).to.include({ ...more, revertMs: 12, durationMs: 28_200 });
    expect(Object.keys(good)).not.to.include('event');
  });

  it('is readable whatever the words in it (property)', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1 }),
        fc.array(fc.string({ unit: 'binary', maxLength: 50 }), { maxLength: 200 }),
        (words, reasons) => {
          const deed = { action: words, target: words, reasons };
          const entry = parseEntry({ id: '1-0', fields: toFields('intent', deed, { actor, at: 1 }) });
          expect(entry?.reasons.length).to.equal(Math.min(reasons.length, 100));
        },
      ),
    );
  });

  const bad: Record<string, Partial<Record<string, string>>> = {
    'another kind': { kind: 'command' },
    'no time': { at: '' },
    'a time that is none': { at: '1e999' },
    'a time out of reach': { at: '9000000000000000' },
    'no action': { action: '' },
    'an escape sequence': { action: '\u001b]0;evil\u0007' },
    'a newline that forges a line': { actor: 'shop #7\nok: all fine' },
    'a reason that is no text': { reasons: '[{"run":"reboot"}]' },
    'reasons that are no list': { reasons: '"x"' },
    'reasons that are no JSON': { reasons: '[' },
    'an intent that is no id': { intent: '../1' },
    'an outcome without one': { outcome: '' },
    'a text without end': { target: 'a'.repeat(2001) },
    'an event that is none': { event: 'dev.cdevents.service.deployed; reboot' },
    'an event with a control character': { event: 'dev.cdevents.service.deployed\n' },
    'a previous release that moves the cursor': { previous: 'r1\u009b2J' },
    'a commit without end': { commit: 'a'.repeat(2001) },
    'a duration that is no count': { durationMs: '-1' },
    'a duration too long': { durationMs: '9'.repeat(16) },
    'a time to revert that is no count': { revertMs: '1e3' },
  };
  for (const [name, change] of Object.entries(bad)) {
    it(`is skipped: ${name}`, () => {
      const fields = { ...good, ...change } as Record<string, string>;
      expect(parseEntry({ id: '6-0', fields })).to.equal(null);
    });
  }

  it('is skipped when a field is missing, and when it is inherited', () => {
    for (const name of Object.keys(good)) {
      const { [name]: gone, ...fields } = good;
      expect(parseEntry({ id: '6-0', fields }), name).to.equal(null);
      const inherited = Object.assign(Object.create({ [name]: gone }) as Record<string, string>, fields);
      expect(parseEntry({ id: '6-0', fields: inherited }), name).to.equal(null);
    }
  });
});

describe('actions of the audit stream', () => {
  const entry = (id: string, kind: AuditEntry['kind'], intent: string | null = null): AuditEntry => ({
    id,
    kind,
    at: 1,
    actor,
    action: 'deploy',
    environment: null,
    release: null,
    target: null,
    outcome: kind === 'outcome' ? 'done' : null,
    reasons: [],
    intent,
    event: null,
    previous: null,
    commit: null,
    durationMs: null,
    revertMs: null,
  });
  const shown = (entries: readonly AuditEntry[]) =>
    paired(entries).map(({ intent, outcome }) => [intent?.id ?? null, outcome?.id ?? null]);

  it('are intents with their outcomes, newest first', () => {
    const entries = [
      entry('4-0', 'outcome', '1-0'),
      entry('3-0', 'outcome', '2-0'),
      entry('2-0', 'intent'),
      entry('1-0', 'intent'),
    ];
    expect(shown(entries)).to.deep.equal([
      ['2-0', '3-0'],
      ['1-0', '4-0'],
    ]);
  });

  it('show an intent without an outcome, and an outcome whose intent is gone', () => {
    const entries = [entry('9-0', 'intent'), entry('8-0', 'outcome', '1-0'), entry('7-0', 'outcome')];
    expect(shown(entries)).to.deep.equal([
      ['9-0', null],
      [null, '8-0'],
      [null, '7-0'],
    ]);
  });
});

describe('the fields of an entry', () => {
  const seed = Date.now() % 2 ** 31;
  it(`are read as they were written, whatever the words in them (seed ${seed})`, () => {
    fc.assert(
      fc.property(
        fc.oneof(words, fc.constant('xyz!'.repeat(600))).filter((text) => text !== ''),
        words,
        fc.array(words, { maxLength: 4 }),
        (action, text, reasons) => {
          const deed = { action, environment: text, release: text, target: text, reasons, outcome: 'done' };
          const by = { actor: { name: text, url: text }, at: 1, durationMs: 2.5 };
          const fields = toFields('outcome', { ...deed, previous: text, commit: text }, by);
          const entry = parseEntry({ id: '6-0', fields });
          // As long as a mask can make it: four characters become eight.
          const masked = Object.entries(fields).map(([name, field]) => [
            name,
            field.replace(/xyz!/g, '[secret]'),
          ]);
          expect(parseEntry({ id: '6-0', fields: Object.fromEntries(masked) })).to.not.equal(null);
          expect(entry).to.include({ action: toLine(action, 1000), target: toLine(text, 1000) || null });
          expect(entry?.reasons).to.deep.equal(reasons.map((reason) => toLine(reason, 1000)));
        },
      ),
      { seed },
    );
  });
});
