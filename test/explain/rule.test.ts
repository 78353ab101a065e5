import { expect } from 'chai';
import { readConfig, type Config } from '../../src/config/index.ts';
import { CanopyError } from '../../src/errors.ts';
import { explainEscalation, explainRule } from '../../src/explain/index.ts';

const yaml = `
app: shop
people:
  ann: { phone: "+491700000001", mail: ann@example.org, quiet: "22:00-07:00 Europe/Berlin" }
  carl: { phone: "+491700000003" }
groups: { devops: [ann], all: [ann, carl] }
messages:
  mail: { url: smtp://127.0.0.1:2525, from: canopy@example.org }
  twilio: { account: AC1, token: t, from: "+15550100" }
  webhooks: { chat: { url: "https://chat.example.org/x" } }
escalation:
  default:
    - { tell: [devops], by: [sms, mail, chat] }
    - { tell: [all, carl], by: [call], after: 5m, repeat: 1, every: 3m }
environments:
  production:
    path: /srv/shop
    health: { path: /health }
    service: { systemd: shop }
    instances: [{ name: web-1, host: a@b, url: "http://10.0.0.1:1" }, { name: web-2, host: a@c, url: "http://10.0.0.2:1" }]
watch:
  targets: [{ name: site, url: "http://10.0.0.9/health" }]
  rules:
    - { name: site-down, when: down, of: [site], severity: critical }
    - { name: hot, when: [cpu > 90%, pressure > 40%], of: [production], for: 5m, recover: 1m }
    - { name: slow, when: { prometheus: { url: "http://p:9090", query: q }, max: 5 }, for: 1m }
`;
const config = (): Config => readConfig(yaml, '/app/canopy.yml', { HOME: '/' }).config;
const explained = (cases: string) =>
  explainRule(config(), { name: null, samples: null, cases: { file: 'c.yml', text: cases } });

describe('explain rule', () => {
  it('tells what each rule is about', () => {
    const { text } = explainRule(config(), { name: null, samples: null, cases: null });
    expect(text.split('\n')).to.deep.equal([
      'site-down: critical, holds after 0s, is over after 0s',
      '  of 1 target: site',
      '',
      'hot: warning, holds after 5m, is over after 1m',
      '  of 2 targets: web-1, web-2',
      '',
      'slow: warning, holds after 1m, is over after 1m',
      '  of 1 target: slow',
    ]);
  });

  it('tells what it would do with samples', () => {
    const samples = `
- { at: 0s, target: [web-1, web-2], cpu: 95%, pressure: 50% }
- { at: 3m, target: web-2, cpu: 10%, pressure: 50% }
- { at: 10m, target: web-1, cpu: 95%, unknown: pressure }
- { at: 20m, target: web-1, cpu: 5%, pressure: 0% }`;
    const { data } = explainRule(config(), {
      name: 'hot',
      samples: { file: 's.yml', text: samples },
      cases: null,
    });
    const [rule] = data['rules'] as { turns: unknown }[];
    expect(rule?.turns).to.deep.equal([
      { at: 300_000, target: 'web-1', holds: true },
      { at: 1_260_000, target: 'web-1', holds: false },
    ]);
  });

  it('tells which cases hold, and how the others went', () => {
    const { ok, data, text } = explained(`
cases:
  - name: five minutes do
    rule: hot
    samples: [{ at: 0s, target: web-1, cpu: 95%, pressure: 50% }]
    holds: [{ at: 4m45s }, { at: 5m, of: web-1 }]
  - { name: wrong, rule: slow, samples: [{ at: 0s, target: web-1, cpu: 5% }], holds: [{ at: 2m, of: slow }] }`);
    expect(ok).to.equal(false);
    expect(data['cases']).to.deep.equal([
      { name: 'five minutes do', rule: 'hot', reasons: [] },
      {
        name: 'wrong',
        rule: 'slow',
        reasons: ['at 2m it holds for nothing, not for slow', 'the rule is not about web-1'],
      },
    ]);
    expect(text).to.match(/1 of 2 cases hold$/);
  });

  const refused: readonly (readonly [string, string, RegExp])[] = [
    ['no list', 'x: 1', /cases must be a list of cases/],
    ['no YAML', '- {', /YAML/],
    ['no such key', '- { name: a, rule: hot, samples: [], holds: [], hold: [] }', /0\.hold is no key/],
    [
      'a value in another unit',
      '- { name: a, rule: hot, holds: [], samples: [{ at: 0s, target: web-1, cpu: 5m }] }',
      /cpu must be a percentage like 90%, not "5m"/,
    ],
    [
      'no such rule',
      '- { name: a, rule: hut, holds: [], samples: [] }',
      /there is no rule hut; did you mean hot\?/,
    ],
  ];
  for (const [what, text, message] of refused)
    it(`refuses ${what}`, () => {
      expect(() => explained(text)).to.throw(CanopyError, message);
    });
});

describe('explain escalation', () => {
  it('tells who would be told when, and what would be held back', () => {
    const at = Date.parse('2026-01-05T23:00:00Z');
    const { text } = explainEscalation(config(), { policy: null, severity: 'warning', at });
    expect(text.split('\n').map((line) => line.trim())).to.deep.equal([
      'default, warning, from 2026-01-05T23:00:00.000Z',
      'level 1  at once   sms   ann   held: quiet, mail at 2026-01-06T06:00:00.000Z',
      'level 1  at once   mail  ann   held: quiet, mail at 2026-01-06T06:00:00.000Z',
      'level 1  at once   chat  chat',
      'level 2  after 5m  call  ann   held: quiet, mail at 2026-01-06T06:00:00.000Z',
      'level 2  after 5m  call  carl',
      'level 2  after 8m  call  ann   held: quiet, mail at 2026-01-06T06:00:00.000Z',
      'level 2  after 8m  call  carl',
    ]);
    expect(explainEscalation(config(), { policy: 'default', severity: 'critical', at }).text).not.to.contain(
      'held',
    );
  });
  it('refuses a policy that is none', () => {
    expect(() => explainEscalation(config(), { policy: 'defualt', severity: 'info', at: 0 })).to.throw(
      CanopyError,
      /no policy defualt; did you mean default\?/,
    );
  });
});
