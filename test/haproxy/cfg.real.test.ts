import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { readConfig } from '../../src/config/index.ts';
import { isCanopyError } from '../../src/errors.ts';
import { explainHaproxy } from '../../src/explain/index.ts';
import { fitted } from '../support/services/haproxy.ts';
import { needs } from '../support/needs.ts';
import { tempFolder } from '../support/temp.ts';

describe('the haproxy.cfg that canopy explain prints', () => {
  before(needs('haproxy'));
  const folder = tempFolder();
  const explained = (traffic: string) =>
    explainHaproxy(
      readConfig(
        `app: shop
environments:
  production:
    path: /srv/shop
    service: { user-systemd: shop }
    instances:
      - { name: web-1, host: a, url: "http://10.0.0.1:3000" }
      - { name: web-2, host: b, url: "https://web.example.org" }
      - { name: web-3, host: c, url: "http://[fd00::3]:3000/app" }
  canary: { extends: production, instances: [{ name: can-1, host: d, url: "http://10.0.0.4:3000" }, { name: can-2, host: e }] }
${traffic}
`,
        '/app/canopy.yml',
        { HOME: '/home/me' },
      ).config,
    );
  /** What HAProxy itself says of it. */
  const checked = (file: string): string => {
    const path = join(folder(), 'haproxy.cfg');
    writeFileSync(path, fitted(file, folder()));
    const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
    const ran = spawnSync('haproxy', ['-c', '-f', path], { encoding: 'utf8', env });
    return `${ran.status} ${ran.stdout}${ran.stderr}`.trim();
  };

  for (const sticky of ['none', 'cookie', '{ cookie: session }', '{ header: X-User-Id }'])
    it(`is one that HAProxy takes, sticky: ${sticky}`, () => {
      const { data } = explained(
        `traffic: { listen: "0.0.0.0:8080", stable: production, canary: canary, sticky: ${sticky}, balancer: { haproxy: { hosts: [root@lb1], socket: ${folder()}/admin.sock, servers: { web-1: app01 } } } }`,
      );
      expect(checked(String(data['file']))).to.match(/^0 /);
    });

  it('names each server once, the canary disabled, and says who has no url', () => {
    const { data, text } = explained(
      'traffic: { listen: "[::1]:8080", stable: production, canary: canary, balancer: { haproxy: { socket: "127.0.0.1:9999", servers: { web-1: app01 } } } }',
    );
    const file = String(data['file']);
    expect(file.match(/^ {4}server .*$/gm)).to.deep.equal([
      '    server app01 10.0.0.1:3000 cookie app01',
      '    server web-2 web.example.org:443 ssl verify required ca-file @system-ca cookie web-2',
      '    server web-3 [fd00::3]:3000 cookie web-3',
      '    server can-1 10.0.0.4:3000 cookie can-1 disabled',
    ]);
    expect(file).to.contain('bind [::1]:8080').and.to.contain('stats socket 127.0.0.1:9999 level admin');
    expect(data['lacking']).to.deep.equal(['can-2']);
    expect(text).to.contain('can-2 has no url');
  });

  it('is there for a canopy.yml that names none yet', () => {
    const { text, data } = explained('traffic: { stable: production, balancer: none }');
    expect(text).to.contain('names no HAProxy yet');
    expect(data).to.deep.include({ socket: '/run/haproxy/admin.sock', backend: 'shop', hosts: ['local'] });
    expect(() => explained(''))
      .to.throw()
      .that.satisfies(isCanopyError);
  });
});
