import { expect } from 'chai';
import fc from 'fast-check';
import { quote } from '../../src/commands/shell.ts';
import { createMask } from '../../src/step/mask.ts';

const secret = 'p@ss w0rd/+"\'$`%é';
const masked = (text: string, ...secrets: string[]): string => {
  const mask = createMask();
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

  it('refuses a secret that would hide half of every log', () => {
    const mask = createMask();
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
