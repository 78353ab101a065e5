import { expect } from 'chai';
import { readConfig } from '../../src/config/index.ts';
import { explainSudo } from '../../src/explain/index.ts';

const config = (environments: string) =>
  readConfig(`app: shop\nenvironments:\n${environments}`, '/app/canopy.yml', { HOME: '/' }).config;
const one = (service: string, instance: string): string =>
  `  one: { path: /srv/shop, service: ${service}, instances: [{ name: web-1, ${instance} }] }`;
const rule =
  'deploy ALL=(root) NOPASSWD: /usr/bin/systemctl restart shop.service, /usr/bin/systemctl stop shop.service, /usr/bin/systemctl reset-failed shop.service';

describe('explain sudo', () => {
  it('is a file: exact verbs of the exact unit for the SSH user, once, and comments', () => {
    const { text, data } = explainSudo(
      config(`  production:
    path: /srv/shop
    service: { systemd: shop }
    instances: [{ name: web-1, host: deploy@10.0.0.11 }, { name: web-2, host: "deploy@10.0.0.12:2222" }, { name: web-3, host: "ops@10.0.0.13" }]
  canary: { extends: production, instances: [{ name: can-1, host: deploy@10.0.0.21 }] }`),
      null,
    );
    expect(data['rules']).to.deep.equal([rule, rule.replace('deploy', 'ops')]);
    expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).to.deep.equal(
      data['rules'],
    );
    expect(data['file']).to.equal(`${text}\n`);
    expect(text).to.contain('# production: web-1, web-2 (shop.service, as deploy)');
    expect(text).to.contain('# canary: can-1 (shop.service, as deploy)\n# the same rule as above');
    expect(text).to.contain('#   usermod -aG systemd-journal deploy');
  });

  const none: [string, string, string, RegExp][] = [
    ['own commands', '{ start: a, stop: b, status: c }', 'host: deploy@a', /they run as that user/],
    ['a unit of the user', '{ user-systemd: shop }', 'host: deploy@a', /loginctl enable-linger deploy/],
    ['root', '{ systemd: shop }', 'host: root@a', /root needs none/],
    ['a container', '{ systemd: shop }', 'host: deploy@a, driver: docker', /usermod -aG docker deploy/],
    [
      'a container and root',
      '{ systemd: shop }',
      'host: root@a, driver: docker',
      /containers, as root\)\n# no rule/,
    ],
    ['a name that sudo reads otherwise', '{ systemd: shop }', 'host: "ALL@a"', /write it by hand/],
    ['an address as an URL', '{ systemd: shop }', 'host: "ssh://root@a:22"', /root needs none/],
    ['a user with a domain', '{ systemd: shop }', 'host: "anna@corp.example@a"', /write it by hand/],
    ['a name with signs', '{ systemd: shop }', String.raw`host: 'corp\anna@a'`, /write it by hand/],
  ];
  for (const [name, service, instance, says] of none)
    it(`has no rule for ${name}, and says why`, () => {
      const { data, text } = explainSudo(config(one(service, instance)), null);
      expect(data['rules']).to.deep.equal([]);
      expect(text).to.match(says);
      expect(text.includes('# No rule is needed')).to.equal(!text.includes('by hand'));
      expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).to.deep.equal([]);
    });

  it('says where canopy.yml names no user, and takes one', () => {
    const at = config(one('{ systemd: shop }', 'host: web1'));
    const { data, text } = explainSudo(at, null);
    expect(data['rules']).to.deep.equal([rule]);
    expect(text).to.contain('canopy.yml names no user');
    const known = explainSudo(at, 'anna');
    expect(known.data['rules']).to.deep.equal([rule.replace('deploy', 'anna')]);
    expect(known.text).not.to.contain('names no user');
    expect(explainSudo(at, 'x ALL=(ALL) NOPASSWD: ALL\nx').data['rules']).to.deep.equal([]);
    expect(explainSudo(at, 'x\nALL ALL=(ALL) ALL').text.split('\n').join('|')).not.to.contain('|ALL');
    expect(explainSudo(at, 'root').data['rules']).to.deep.equal([]);
  });
});
