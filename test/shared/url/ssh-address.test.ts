import { expect } from 'chai';
import { isCanopyError } from '../../../src/errors.ts';
import { parseAddress, readAddress } from '../../../src/shared/url/ssh-address.ts';

describe('SSH addresses', () => {
  const good: Record<string, [string | null, string, number | null]> = {
    web: [null, 'web', null],
    'deploy@10.0.0.11': ['deploy', '10.0.0.11', null],
    'deploy@10.0.0.12:2222': ['deploy', '10.0.0.12', 2222],
    '[::1]:22': [null, '::1', 22],
    'a@[fe80::1%eth0]': ['a', 'fe80::1%eth0', null],
    '2001:db8::1': [null, '2001:db8::1', null],
    'a.b-c_d:65535': [null, 'a.b-c_d', 65_535],
    'deploy@corp.example.org@10.0.0.11': ['deploy@corp.example.org', '10.0.0.11', null],
    'deploy@corp.example.org@web:2222': ['deploy@corp.example.org', 'web', 2222],
    'CORP\\deploy@web': ['CORP\\deploy', 'web', null],
    'ssh://web': [null, 'web', null],
    'ssh://deploy@10.0.0.11:2222': ['deploy', '10.0.0.11', 2222],
    'ssh://deploy@10.0.0.11:2222/': ['deploy', '10.0.0.11', 2222],
    'ssh://deploy@[2001:db8::1]:22': ['deploy', '2001:db8::1', 22],
    'SSH://a@b@[::1]:22': ['a@b', '::1', 22],
  };
  for (const [text, [user, host, port]] of Object.entries(good))
    it(text, () => expect(readAddress(text)).to.deep.equal({ user, host, port }));

  const bad = [
    '',
    '@',
    'a@',
    '@web',
    'web:',
    'web:0',
    'web:65536',
    'web:x',
    '-oProxyCommand=id',
    'a@-oProxyCommand=id',
    '-a@web',
    'web page',
    'web\n',
    'web\u0000',
    '[::1',
    '::1]:22',
    '@b@c',
    'a@@',
    'a@-b@-c',
    'ssh://',
    'ssh://a:secret@web',
    'ssh://web/folder',
    'ssh:/web',
    'http://web',
    'ssh://ssh://web',
    'web;id',
    '$(id)',
    'we`id`b',
    'web/..',
    'a b@web',
    '[web]:22',
  ];
  for (const text of bad)
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(readAddress(text)).to.equal(null);
      expect(() => parseAddress(text))
        .to.throw()
        .and.satisfy(isCanopyError);
    });
});
