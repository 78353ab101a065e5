import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { incidentText, type IncidentNotice } from '../../src/messages/index.ts';
import { smsLength } from '../../src/messages/text/sms-length.ts';

type Written = IncidentNotice['incident'];
interface TextCase {
  readonly title: string;
  readonly notice: Partial<IncidentNotice>;
  readonly incident?: Record<string, unknown>;
  readonly [wanted: string]: unknown;
}

const at = (time: string): number => Date.parse(time);
const times = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, one: unknown) =>
    typeof one === 'string' && /^\d{4}-.*Z$/.test(one) ? at(one) : one,
  );

const outage: Written = {
  id: 'i-abcdefgh',
  rule: 'site-down',
  severity: 'critical',
  state: 'open',
  targets: [{ name: 'web1', red: true, since: at('2026-12-01T03:31:00Z') }],
  openedAt: at('2026-12-01T03:31:00Z'),
  resolvedAt: null,
  deliveries: [],
};
const usual: Omit<IncidentNotice, 'incident' | 'by'> = {
  ...{ app: 'shop', level: 2, repeat: 0, to: 'ann', link: null, groupOver: 5, keys: false },
  now: at('2026-12-01T03:46:00Z'),
};

describe('the text of a message', () => {
  const file = join(import.meta.dirname, '../cases/messages/texts.json');
  for (const { title, notice, incident, ...wanted } of JSON.parse(readFileSync(file, 'utf8')) as TextCase[])
    it(title, () => {
      const whole = { ...outage, ...(times(incident ?? {}) as Partial<Written>) };
      const text = incidentText({ ...usual, by: 'sms', ...notice, incident: whole });
      expect(text).to.deep.include(wanted);
    });

  it('in HTML says the same as in plain text', () => {
    const notice = { ...usual, incident: outage, by: 'mail', link: 'https://watch.example.org/?a=1&b=2' };
    const { html = '', text } = incidentText(notice);
    const bare = html
      .replace(/<[^>]+>/g, ' ')
      .replaceAll('&amp;', '&')
      .split(/\s+/);
    for (const word of text.split(/\s+/).filter((one) => !/:$|^(or|on|this|page)$/.test(one)))
      expect(bare).to.include(word);
    expect(html).to.include('<a href="https://watch.example.org/?a=1&amp;b=2">');
  });

  it('names twenty targets of a great group, and how many there are', () => {
    const targets = Array.from({ length: 2800 }, (_, index) => ({
      ...{ name: `web${index}`, red: true, since: outage.openedAt },
    }));
    const all = { ...usual, incident: { ...outage, targets } };
    expect(incidentText({ ...all, by: 'mail' }).text)
      .to.include('web19, since')
      .and.include('and 2,780 more')
      .and.not.include('web20');
    expect(incidentText({ ...all, by: 'sms' }).text).to.include('2,800 targets, e.g. web0, web1,');
    expect(incidentText({ ...all, by: 'call' }).text).to.include('2800 targets, for example web0');
  });
});

const hostile = [
  '<script>alert(1)</script>',
  ']]></Say><Hangup/>',
  'a\r\nBcc: eve@example.org\r\n\r\n.\r\n',
  '\u001b[2J\u0007\u0000',
  'x\u202egnp.exe\u2066\u200b',
  '🔥👩‍👩‍👧‍👦🔥',
  'שלום عليكم',
  '"\'><img src=x onerror=alert(1)>',
  '\ud800half',
  '€'.repeat(300),
  'e\u0301'.repeat(300),
  '   ',
  '',
  'i-zzzzzzzz.1 ack i-zzzzzzzz',
];

describe('names of every kind in the text of a message', function () {
  this.timeout(30_000);
  const anyName = fc.oneof(
    fc.constantFrom(...hostile),
    fc.string({ unit: 'binary', maxLength: 320 }),
    fc.string({ unit: 'grapheme', maxLength: 320 }),
  );
  const anyNotice = fc.record({
    app: anyName,
    rule: anyName,
    names: fc.array(anyName, { maxLength: 8 }),
    level: fc.nat({ max: 50 }),
    repeat: fc.nat({ max: 999 }),
    link: fc.option(
      fc.constantFrom('https://w.example.org/incidents/i-abcdefgh', `https://${'w'.repeat(300)}/`),
    ),
  });
  const texts = (by: string, { rule, names, ...given }: Given) => {
    const targets = names.map((name, index) => ({ name, red: index % 2 === 0, since: outage.openedAt }));
    return incidentText({ ...usual, ...given, by, incident: { ...outage, rule, targets } });
  };
  const holds = (by: string, check: (text: ReturnType<typeof texts>, given: Given) => void): void =>
    fc.assert(
      fc.property(anyNotice, (given) => check(texts(by, given), given)),
      { numRuns: 300 },
    );

  it('never make an SMS longer than two, nor lose its id or how to answer', () =>
    holds('sms', ({ text, visible }, { level }) => {
      expect(smsLength(text).segments).to.be.at.most(2);
      expect(text.split(' ')).to.include(visible);
      if (level > 0) expect(text).to.match(/ Answer: ack i-abcdefgh( https:\/\/\S+)?$/);
      expect(text).to.not.match(unsafe);
      expect(text.isWellFormed()).to.equal(true);
    }));

  it('say nothing in a call but words', () =>
    holds('call', ({ text }) => {
      expect(text).to.match(/^[\p{L}\p{M}\p{N} .,:]+$/u);
      expect(text.length).to.be.below(2000);
    }));

  it('are text in HTML, and one line each in a mail', () =>
    holds('mail', ({ html = '', text, subject }) => {
      const tags = new Set([...html.matchAll(/<\/?([^\s>]*)/g)].map(([, tag]) => tag));
      expect([...tags].filter((tag) => !ours.has(tag ?? ''))).to.deep.equal([]);
      expect(html.replace(/<[^>]*>/g, '')).to.not.match(/["'>]/);
      expect(`${html}${text}`.replaceAll('\n', '')).to.not.match(unsafe);
      expect(subject).to.not.match(unsafe);
      expect(subject).to.match(/\(i-abcdefgh\)$/);
      expect(subject.length).to.be.below(260);
    }));

  it('leave a chat three lines', () =>
    holds('chat', ({ text, visible }) => {
      expect(text.split('\n').length).to.be.at.most(3);
      expect(text.replaceAll('\n', '')).to.not.match(unsafe);
      expect(text.split(/\s/)).to.include(visible);
    }));
});

interface Given {
  readonly rule: string;
  readonly names: readonly string[];
  readonly app: string;
  readonly level: number;
  readonly repeat: number;
  readonly link: string | null;
}
const unsafe = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200b]/;
const ours = new Set('!doctype html body h2 bdi table tr th td br p code a'.split(' '));

describe('the length of an SMS', () => {
  for (const [title, text, encoding, units, segments] of [
    ['nothing', '', 'GSM-7', 0, 1],
    ['160 signs fill one', 'a'.repeat(160), 'GSM-7', 160, 1],
    ['161 take two', 'a'.repeat(161), 'GSM-7', 161, 2],
    ['two have room for 306', 'a'.repeat(306), 'GSM-7', 306, 2],
    ['and not for 307', 'a'.repeat(307), 'GSM-7', 307, 3],
    ['accents and Greek of GSM are its own', 'àéÇØΔΩ@£', 'GSM-7', 8, 1],
    ['brackets, braces and the euro take two', '[]{}^~\\|€', 'GSM-7', 18, 1],
    ['80 euros fill one', '€'.repeat(80), 'GSM-7', 160, 1],
    ['a euro is not torn in two', 'a'.repeat(152) + '€'.repeat(77), 'GSM-7', 306, 3],
    ['a backtick is not of GSM', '`', 'UCS-2', 1, 1],
    ['a small c with a cedilla is not of GSM', 'ç', 'UCS-2', 1, 1],
    ['70 signs of other scripts fill one', 'ж'.repeat(70), 'UCS-2', 70, 1],
    ['71 take two', 'ж'.repeat(71), 'UCS-2', 71, 2],
    ['134 fill two', 'ж'.repeat(134), 'UCS-2', 134, 2],
    ['135 take three', 'ж'.repeat(135), 'UCS-2', 135, 3],
    ['an emoji takes two units', '🔥'.repeat(35), 'UCS-2', 70, 1],
    ['and is not torn in two', '🔥'.repeat(67), 'UCS-2', 134, 3],
  ] as const)
    it(title, () => expect(smsLength(text)).to.deep.equal({ encoding, units, segments }));
});
