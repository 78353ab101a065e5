import { expect } from 'chai';
import fc from 'fast-check';
import { encodeUserinfo, redactUrls, splitUrl, withoutUserinfo } from '../../../src/shared/url/userinfo.ts';

describe('the user and password of a URL', () => {
  const redacted: [string, string][] = [
    ['redis://:hunter2@127.0.0.1:6391/0', 'redis://[secret]@127.0.0.1:6391/0'],
    ['redis://:hunter2@secretpart/rest@127.0.0.1:6391/0', 'redis://[secret]@127.0.0.1:6391/0'],
    ['redis://user:p/a?s#s@h', 'redis://[secret]@h'],
    ['rediss://hunter2@h', 'rediss://[secret]@h'],
    ['https://ghp_abc:x-oauth-basic@github.com/a/b.git', 'https://[secret]@github.com/a/b.git'],
    ['https://token@git.example.org/a', 'https://[secret]@git.example.org/a'],
    ['smtp://me%40x:pw@mail:25', 'smtp://[secret]@mail:25'],
    ['http://proxy-user:pw@10.0.0.1:3128', 'http://[secret]@10.0.0.1:3128'],
    ['HTTPS://A:B@C', 'HTTPS://[secret]@C'],
    ['git+https://a:b@c', 'git+https://[secret]@c'],
    ["fatal: unable to access 'https://a:b@c/': no", "fatal: unable to access 'https://[secret]@c/': no"],
    ['one http://a:b@c, two http://d:e@f.', 'one http://[secret]@c, two http://[secret]@f.'],
    ['{"url":"http://a:b@c/","mail":"x@y"}', '{"url":"http://[secret]@c/","mail":"x@y"}'],
    ['redis://:[secret]@h/0', 'redis://:[secret]@h/0'],
    ['redis://someuser:[secret]@h/0', 'redis://someuser:[secret]@h/0'],
    ['redis://:[secret]@h/x@i', 'redis://[secret]@i'],
    ['ssh://deploy@10.0.0.1:2222', 'ssh://deploy@10.0.0.1:2222'],
    ['ssh://deploy:pw@10.0.0.1', 'ssh://[secret]@10.0.0.1'],
    ['git@github.com:a/b.git', 'git@github.com:a/b.git'],
    ['deploy@web-1', 'deploy@web-1'],
    ['http://10.0.0.1:3000/health', 'http://10.0.0.1:3000/health'],
    ['http://[::1]:3000/health', 'http://[::1]:3000/health'],
    ['see http://a/b and mail me@x.org', 'see http://a/b and mail me@x.org'],
    ['redis://:hunt…', 'redis://[secret]…'],
    ['http://10.0.0.1:3000/a…', 'http://10.0.0.1:3000/a…'],
    ['http://10.0.0.1:30…', 'http://10.0.0.1:30…'],
    ['http://[::1…', 'http://[::1…'],
    ['://:a@b', '://:a@b'],
    ['no url at all', 'no url at all'],
  ];
  for (const [text, expected] of redacted)
    it(`is not shown: ${text}`, () => expect(redactUrls(text)).to.equal(expected));

  it('is never shown in part, whatever signs it has (property)', () => {
    const word = fc.string({ minLength: 4, maxLength: 12 }).filter((text) => !/[\s"'`<>]/.test(text));
    fc.assert(
      fc.property(fc.constantFrom('redis', 'https', 'smtp'), word, word, (scheme, user, password) => {
        const text = `cannot reach ${scheme}://${user}:${password}@host.example:1/2 now`;
        expect(redactUrls(text)).to.equal(`cannot reach ${scheme}://[secret]@host.example:1/2 now`);
      }),
    );
  });

  it('is split off at the last @, and written as URLs have it', () => {
    expect(splitUrl('redis://u:a:b@c@h/0')).to.deep.equal({
      ...{ scheme: 'redis://', user: 'u', password: 'a:b@c', rest: 'h/0' },
    });
    expect(splitUrl('h:6379')).to.equal(null);
    expect(encodeUserinfo('redis://:a/b@c?d@h/0')).to.equal('redis://:a%2Fb%40c%3Fd@h/0');
    expect(encodeUserinfo('redis://:p%40ss%@h')).to.equal('redis://:p%40ss%25@h');
    expect(encodeUserinfo('redis://h/0')).to.equal('redis://h/0');
    expect(encodeUserinfo('redis://me@h')).to.equal('redis://me@h');
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'binary' }), (password) => {
        const meant = password.replace(/%[0-9a-f]{2}/gi, '').toWellFormed();
        if (meant === '') return;
        expect(decodeURIComponent(new URL(encodeUserinfo(`redis://:${meant}@h/0`)).password)).to.equal(meant);
      }),
    );
  });
});

describe('a URL without its user', () => {
  for (const [url, shown] of [
    ['http://shop.example/health', 'http://shop.example/health'],
    ['http://ann:pass@shop.example/health', 'http://shop.example/health'],
    ['http://ann:p@ss@shop.example:81/health', 'http://shop.example:81/health'],
    ['http://shop.example/users/@me', 'http://shop.example/users/@me'],
    ['shop.example', 'shop.example'],
  ] as const)
    it(url, () => expect(withoutUserinfo(url)).to.equal(shown));
});
