import { expect } from 'chai';
import fc from 'fast-check';
import { quote } from '../../../src/commands/core/shell.ts';
import { createRedactor } from '../../../src/step/redact/redact.ts';

const secret = 'p@ss w0rd/+"\'$`%é';
const masked = (text: string, ...secrets: string[]): string => {
  const mask = createRedactor();
  for (const item of secrets) mask.add(item);
  return mask(text);
};

describe('mask', () => {
  const forms: Record<string, string> = {
    raw: secret,
    json: JSON.stringify({ a: secret }),
    'json in json': JSON.stringify(JSON.stringify({ a: secret })),
    url: encodeURIComponent(secret),
    form: new URLSearchParams([['a', secret]]).toString(),
    quoted: quote(secret),
    base64: Buffer.from(secret).toString('base64'),
    'base64 after one byte': Buffer.from(`:${secret}`).toString('base64'),
    'base64 of user and password': Buffer.from(`ab:${secret}`).toString('base64'),
    base64url: Buffer.from(`user:${secret}`).toString('base64url'),
  };
  for (const [name, text] of Object.entries(forms)) {
    it(`hides the ${name} form`, () => {
      const out = masked(`before ${text} after`, secret);
      expect(out).to.contain('[secret]');
      for (const form of [
        secret,
        encodeURIComponent(secret),
        Buffer.from(secret).toString('base64').slice(4, 16),
      ])
        expect(out).not.to.contain(form);
      expect(out.startsWith('before ')).to.equal(true);
    });
  }

  it('hides every line of a key, and the whole', () => {
    const key = `-----BEGIN OPENSSH PRIVATE KEY-----\n${'b3BlbnNzaC1rZXkt'.repeat(4)}\nQyNTUxOQAAACD1q\n-----END OPENSSH PRIVATE KEY-----\n`;
    const out = masked(
      key
        .split('\n')
        .map((line) => `web-1 ${line}`)
        .join('\n'),
      key,
    );
    expect(out).not.to.match(/b3Blbn|QyNTUx/);
  });

  const more: [string, string, string][] = [
    ['JSON in ASCII', 'pässwörd-é', 'p\\u00e4ssw\\u00f6rd-\\u00e9'],
    ['JSON with escaped slashes', 'a/b/c-word', 'a\\/b\\/c-word'],
    ['a strict URL', "it's(a)word!", 'it%27s%28a%29word%21'],
    ['a URL that keeps slashes', 'a/b c-word', 'a/b%20c-word'],
    ['base64 of four characters', 'abcd', 'YWJjZA=='],
    ['short lines of a short secret', 'abc12\ndef34', 'abc12'],
    ['a number', '1234567', '1234567'],
  ];
  for (const [name, value, text] of more)
    it(`hides ${name}`, () => expect(masked(`<${text}>`, value)).to.equal('<[secret]>'));

  it('hides a key in base64 lines of 64 and of 76 characters', () => {
    const key = `-----BEGIN X-----\n${'abcdEFGH1234+/xy'.repeat(20)}\n-----END X-----\n`;
    for (const width of [64, 76]) {
      const lines =
        Buffer.from(key)
          .toString('base64')
          .match(new RegExp(`.{1,${width}}`, 'g')) ?? [];
      for (const line of lines.slice(0, -1)) expect(masked(line, key)).to.equal('[secret]');
    }
  });

  it('hides what is left of a secret beside the mark of a cut, on both sides', () => {
    for (let at = 4; at <= secret.length - 4; at += 1) {
      expect(masked(`is ${secret.slice(0, at)}…`, secret)).to.equal('is [secret]…');
      expect(masked(`…${secret.slice(at)} was`, secret)).to.equal('…[secret] was');
    }
    expect(masked('nothing here… or …there', secret)).to.equal('nothing here… or …there');
    expect(masked(`${secret}…`, secret)).to.equal('[secret]…');
  });

  it('takes a secret of many lines, and is still quick', () => {
    const big = Array.from({ length: 3000 }, (_, at) => `line number ${at} of a file`).join('\n');
    const mask = createRedactor();
    mask.add(big);
    expect(mask('x line number 2999 of a file y')).to.equal('x [secret] y');
    for (let times = 0; times < 200; times += 1)
      expect(mask('some line of a log')).to.equal('some line of a log');
  });

  it('refuses a secret that would hide half of every log', () => {
    const mask = createRedactor();
    expect(mask.add('abc')).to.equal(false);
    expect(mask('abc')).to.equal('abc');
  });

  it('leaves no secret in any text, whatever characters it has (property)', () => {
    fc.assert(
      fc.property(
        fc
          .string({ minLength: 6, maxLength: 40, unit: 'grapheme' })
          .filter((text) => text.trim().length >= 6),
        fc.string(),
        (value, around) => {
          const out = masked(
            `${around}${value}${around}${JSON.stringify(value)}${encodeURIComponent(value)}`,
            value,
          );
          return !out.includes(value.trim());
        },
      ),
      { verbose: true },
    );
  });
});
