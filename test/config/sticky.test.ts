import { expect } from 'chai';
import { readConfig } from '../../src/config/index.ts';
import { stickyOf } from '../../src/config/fields/sticky.ts';

const read = (traffic: string) =>
  readConfig(
    `app: shop
environments:
  p: { path: /srv/shop, service: { systemd: shop }, instances: [{ name: a, host: h, url: "http://h:1" }] }
traffic: { stable: p${traffic} }`,
    '/x/canopy.yml',
    { HOME: '/h' },
  ).config.traffic;

describe('how clients stick, in canopy.yml', () => {
  const good: [text: string, sticky: string][] = [
    ['', 'cookie'],
    [', sticky: none', 'none'],
    [', sticky: cookie', 'cookie'],
    [', sticky: { header: X-User-Id }', 'header:x-user-id'],
    [', sticky: { cookie: Session }', 'cookie:Session'],
    [', sticky: "header:x-user-id"', 'header:x-user-id'],
  ];
  for (const [text, sticky] of good)
    it(`${text || 'nothing'}: ${sticky}`, () => expect(read(text)?.sticky).to.equal(sticky));
  const bad = [
    'sometimes',
    '{ header: "a b" }',
    '{ header: a, cookie: b }',
    '{}',
    '[]',
    '"header:"',
    '3',
    `{ cookie: ${'x'.repeat(65)} }`,
  ];
  for (const text of bad)
    it(`is refused: ${text.slice(0, 40)}`, () => expect(() => read(`, sticky: ${text}`)).to.throw(/sticky/));

  const headers: [text: string, header: string][] = [
    ['', 'x-canary'],
    [', header: off', 'off'],
    [', header: false', 'off'],
    [', header: ""', 'off'],
    [', header: X-Try', 'x-try'],
  ];
  for (const [text, header] of headers)
    it(`header ${text || 'not said'}: ${header}`, () => expect(read(text)?.header).to.equal(header));
  for (const text of ['"a b"', '"a:b"', 'true', '[]'])
    it(`header is refused: ${text}`, () => expect(() => read(`, header: ${text}`)).to.throw(/header/));

  it('is none of: anything that is no text and no pair', () => {
    for (const value of [
      null,
      undefined,
      1,
      [],
      ['cookie'],
      { header: 1 },
      { app: 'x' },
      { header: undefined },
    ])
      expect(stickyOf(value), JSON.stringify(value)).to.equal(null);
  });
  it('the longest wait is never less than the first', () => {
    expect(read('')?.revert).to.include({ afterMs: 30_000, maxAfterMs: 1_800_000 });
    expect(read(', revert: { after: 2h }')?.revert.maxAfterMs).to.equal(7_200_000);
  });
});
