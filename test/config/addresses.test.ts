import { expect } from 'chai';
import { readConfig } from '../../src/config/index.ts';
import { isCanopyError } from '../../src/errors.ts';

const problems = (text: string): string[] => {
  try {
    readConfig(text, '/app/canopy.yml', { HOME: '/' });
    return [];
  } catch (error) {
    if (!isCanopyError(error)) throw error;
    for (const { hint } of error.problems) expect(hint).to.not.equal('');
    return error.problems.map(({ message }) => message);
  }
};
const fleet = (instances: string, more = ''): string =>
  `app: shop\nenvironments:\n  production:\n    path: /srv/shop\n    service: { start: a, stop: b, status: c }\n    instances: ${instances}\n${more}`;
const one = (key: 'host' | 'url', value: string): string =>
  fleet(`[{ name: a, ${key === 'host' ? '' : 'host: w1, '}${key}: ${JSON.stringify(value)} }]`);
const two = (a: string, b: string, more = ''): string =>
  fleet(
    `[{ name: a, host: w1, url: ${JSON.stringify(a)} }, { name: b, host: w2, url: ${JSON.stringify(b)} }]`,
    more,
  );
const at = 'environments.production.instances';

describe('addresses in canopy.yml', () => {
  describe('of servers', () => {
    for (const host of [
      ...['w1', 'deploy@w1', 'deploy@corp.example@10.0.0.11', 'ssh://deploy@10.0.0.12:2222', 'ssh://w1/'],
      ...[
        '[2001:db8::1]:22',
        '2001:db8::1',
        'deploy@[fe80::1%eth0]:22',
        'fe80::1%eth0',
        'w1.example.',
        'w1:080',
      ],
    ])
      it(`may be ${host}`, () => expect(problems(one('host', host))).to.deep.equal([]));

    const wrong: Readonly<Record<string, string>> = {
      'w1:70000': '"w1:70000" has a port that is not 1 to 65535',
      'w1:0': '"w1:0" has a port that is not 1 to 65535',
      'ssh://w1:0/': '"ssh://w1:0/" has a port that is not 1 to 65535',
      'http://w1': '"http://w1" is no address for SSH',
      'w1 ': '"w1 " is no address for SSH',
      '-oProxyCommand=x': '"-oProxyCommand=x" is no address for SSH',
      'w1:ssh': '"w1:ssh" is no address for SSH',
      'b\u00fccher.example': '"b\u00fccher.example" is no address for SSH',
      '10.0.0.300': '"10.0.0.300" is no IPv4 address',
      '2001:db8::1::2': '"2001:db8::1::2" is no IPv6 address',
    };
    for (const [host, reason] of Object.entries(wrong))
      it(`are not ${host}`, () =>
        expect(problems(one('host', host))).to.deep.equal([`${at}[0].host: ${reason}`]));

    const same = [
      ['w1', 'W1.'],
      ['deploy@w1', 'other@w1:22'],
      ['ssh://w1', 'w1'],
      ['[2001:db8::1]', '2001:db8::1'],
    ];
    for (const [a, b] of same)
      it(`are the same: ${a} and ${b}`, () =>
        expect(problems(fleet(`[{ name: a, host: "${a}" }, { name: b, host: "${b}" }]`))).to.deep.equal([
          `${at}[1]: two instances share ${b}:/srv/shop`,
        ]));
  });

  describe('of instances', () => {
    for (const url of [
      ...['http://w1', 'HTTPS://W1.example:8443/base', 'http://[2001:db8::1]:3000', 'http://w1_a:3000'],
      ...['http://b\u00fccher.example', 'http://w1.:080'],
    ])
      it(`may be ${url}`, () => expect(problems(one('url', url))).to.deep.equal([]));

    const like = 'like http://10.0.0.11:3000';
    const wrong: Readonly<Record<string, string>> = {
      'http://http://w1:80': `must be a URL that has its http:// once, ${like}`,
      'http://w1:0': `must be a URL with a port from 1 to 65535, ${like}`,
      'http://w1:70000': `must be a URL with a port from 1 to 65535, ${like}`,
      'http://w1:': `must be a URL with a port from 1 to 65535, ${like}`,
      'http://w1:http': `must be a URL with a port from 1 to 65535, ${like}`,
      'w1:3000': 'must be an http:// or https:// URL',
      'http:/w1': 'must be an http:// or https:// URL',
      'redis://w1': 'must be an http:// or https:// URL',
      'http://w1 :3000': `must be one URL without blanks, ${like}`,
      'http://': `must be a URL with the name of a host or its address, ${like}`,
      'http:///w1': `must be a URL with the name of a host or its address, ${like}`,
      'http://$HOST:3000': `must be a URL with the name of a host or its address, ${like}`,
      'http://10.0.11:3000': `must be a URL with four numbers up to 255 in its address, ${like}`,
      'http://10.0.0.011:3000': `must be a URL with four numbers up to 255 in its address, ${like}`,
      'http://10.0.0.256': `must be a URL with four numbers up to 255 in its address, ${like}`,
      'http://[fe80::1%eth0]:3000': 'must be a URL without a zone (%) in its address: no URL can hold one',
      'http://2001:db8::1':
        'must be a URL with its IPv6 address in brackets, like http://[2001:db8::1]:3000, or one host and one port',
      'http://w1:80:81': `must be a URL with a port from 1 to 65535, ${like}`,
      'http://w1?a=b': 'has a ? or #, and paths are put behind it',
    };
    for (const [url, reason] of Object.entries(wrong))
      it(`are not ${url}`, () =>
        expect(problems(one('url', url))).to.deep.equal([`${at}[0].url: ${reason}`]));

    const same = [
      ['http://w1:80', 'http://w1'],
      ['http://W1.:3000/', 'http://w1:3000'],
      ['https://w1', 'https://w1:443'],
      ['http://[2001:db8:0::1]:3000', 'http://[2001:db8::1]:3000'],
      ['http://b\u00fccher.example', 'http://xn--bcher-kva.example'],
    ];
    for (const [a = '', b = ''] of same)
      it(`are the same: ${a} and ${b}`, () =>
        expect(problems(two(a, b))).to.deep.equal([`${at}[1].url: is also the url of a`]));

    it('may be the same loopback address on different servers, but not for the router', () => {
      const [a, b] = ['http://127.0.0.1:3000', 'http://127.0.0.1:3000'];
      expect(problems(two(a, b))).to.deep.equal([]);
      expect(problems(two(a, b, 'traffic: { stable: production, balancer: none }\n'))).to.deep.equal([]);
      expect(problems(two(a, b, 'traffic: { stable: production }\n'))).to.deep.equal([
        `${at}[1].url: is also the url of a`,
      ]);
    });

    it('are not where the router listens itself', () => {
      const routed = (more: string): string[] =>
        problems(two('http://127.0.0.1:8080', 'http://w2:8080', `traffic: { stable: production${more} }\n`));
      expect(routed('')).to.deep.equal([`${at}[0].url: is also traffic.listen`]);
      expect(routed(', listen: "0.0.0.0:8080"')).to.deep.equal([`${at}[0].url: is also traffic.listen`]);
      expect(routed(', listen: "w2:8080"')).to.deep.equal([`${at}[1].url: is also traffic.listen`]);
      expect(routed(', listen: "127.0.0.1:8090"')).to.deep.equal([]);
    });
  });

  describe('to listen on', () => {
    const listen = (address: string, more = ''): string[] =>
      problems(
        fleet(
          '[{ name: a, host: w1, url: "http://w1:3000" }]',
          `traffic: { stable: production, listen: ${JSON.stringify(address)}${more} }\n`,
        ),
      );
    for (const address of ['127.0.0.1:0', '0.0.0.0:80', '[::]:8080', 'lb.example:443'])
      it(`may be ${address}`, () => expect(listen(address)).to.deep.equal([]));
    for (const address of [
      '8080',
      ':8080',
      '*:8080',
      '[1:2]:80',
      '300.1.1.1:80',
      '[fe80::1%eth0]:80',
      '::1:80',
    ])
      it(`are not ${address}`, () =>
        expect(listen(address)).to.deep.equal([
          `traffic.listen: must be an address like 127.0.0.1:8080, not "${address}"`,
        ]));
    it('have a port that exists', () =>
      expect(listen('w1:70000')).to.deep.equal([
        'traffic.listen: must be an address like 127.0.0.1:8080, its port from 0 to 65535, not "w1:70000"',
      ]));
    for (const [a, b] of [
      ['127.0.0.1:8080', '127.0.0.1:8080'],
      ['0.0.0.0:8080', '127.0.0.1:8080'],
      ['localhost:8080', '127.0.0.1:8080'],
    ])
      it(`are two: not ${a} and ${b}`, () =>
        expect(listen(a ?? '', `, admin: { listen: "${b}" }`)).to.deep.equal([
          'traffic.admin.listen: is the same as traffic.listen',
        ]));
  });

  describe('of other programs', () => {
    const wrong: Readonly<Record<string, string>> = {
      'store: "redis://h/x"': 'store: has no number of a database behind its host',
      'store: "http://h"': 'store: is no redis:// or rediss:// URL',
      'store: "redis://"': 'store: is no redis:// or rediss:// URL',
      'store: "redis://:secret@h:70000/0"': 'store: has a port that is not 1 to 65535',
      'store: { url: "redis://h:0" }': 'store: has a port that is not 1 to 65535',
      'store: { sentinels: ["h:0"], name: m }':
        'store.sentinels[0]: must be an address like 10.0.0.1:26379, its port from 1 to 65535, not "h:0"',
      'store: { urll: "redis://h" }': 'store.urll: unknown key; did you mean url?',
      'traffic: { stable: production, balancer: { haproxy: { hosts: ["lb:0"] } } }':
        'traffic.balancer.haproxy.hosts[0]: "lb:0" has a port that is not 1 to 65535',
      'traffic: { stable: production, balancer: { haproxy: { hosts: [lb, "root@LB:22"] } } }':
        'traffic.balancer.haproxy.hosts[1]: root@LB:22 stands twice',
      'traffic: { stable: production, balancer: { haproxy: { socket: "127.0.0.1:70000" } } }':
        'traffic.balancer.haproxy.socket: must be host:port with a port from 1 to 65535',
    };
    for (const [text, reason] of Object.entries(wrong))
      it(`are refused in ${text}`, () =>
        expect(problems(fleet('[{ name: a, host: w1, url: "http://w1:3000" }]', `${text}\n`))).to.include(
          reason,
        ));

    it('have the ports of containers', () => {
      const docker = (port: string): string[] =>
        problems(
          `app: shop\nenvironments: { p: { driver: docker, path: /srv/shop, docker: { image: shop, ports: ["${port}"] }, instances: [{ name: a, host: w1 }] } }`,
        );
      expect(docker('127.0.0.1:3000:3000')).to.deep.equal([]);
      expect(docker('127.0.0.1:70000:3000')).to.deep.equal([
        'environments.p.docker.ports[0]: must have ports from 1 to 65535, like "127.0.0.1:3000:3000"',
      ]);
    });
  });
});
