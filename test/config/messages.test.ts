import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { readConfig } from '../../src/config/index.ts';
import type { CanopyError } from '../../src/errors.ts';
import { written } from '../../src/explain/written/written.ts';

const read = (yaml: string, env: Record<string, string> = {}) =>
  readConfig(`app: shop\n${yaml}`, '/app/canopy.yml', { HOME: '/', ...env });
const problemsOf = (yaml: string, env: Record<string, string> = {}): string[] => {
  try {
    read(yaml, env);
  } catch (error) {
    return (error as CanopyError).problems.map(({ message }) => message);
  }
  return [];
};
const wrong = JSON.parse(
  readFileSync(join(import.meta.dirname, '../cases/config/messages.json'), 'utf8'),
) as { name: string; yaml: string[]; problems: string[] }[];

const whole = `
people:
  ann: { phone: +491700000001, mail: ann@example.org, quiet: 22:00-07:00 Europe/Berlin, budget: 6/h }
  carl: { phone: "+491700000003", budget: 2/10m }
  eve: {}
groups: { devops: [ann], cto: [carl, ann] }
messages:
  mail: { url: "\${env:SMTP_URL}", from: canopy@example.org }
  twilio: { account: AC0123, token: "\${env:TWILIO}", from: +15550100, callback: https://w.example.org/ }
  webhooks: { chat: { url: "\${env:CHAT}", format: slack, secret: "\${env:CHAT_SECRET:-}" }, log: { url: http://10.0.0.1/x, secret: "s 3" } }
escalation:
  default: [{ tell: devops, by: [sms, mail] }, { tell: [cto, carl], by: call, after: 5m, repeat: 2, every: 1m }]
  night: [{ tell: [eve], by: [chat] }]
notify: night
environments:
  a: { path: /srv/a, notify: none, instances: [] }
  b: { extends: a, path: /srv/b, notify: default }
  c: { path: /srv/c, instances: [] }
`;
const variables = {
  SMTP_URL: 'smtp://me:pa/ss@w@mail.example.org:587',
  TWILIO: 'token-1',
  CHAT: 'https://chat.example.org/hook/secret-1',
};

describe('people and messages', () => {
  const { config, secrets } = read(whole, variables);

  it('are nobody and nothing without the keys', () => {
    expect(read('').config).to.deep.include({
      ...{ people: {}, groups: {}, escalation: {}, notify: null },
      messages: { mail: null, twilio: null, webhooks: {} },
    });
    expect(read('messages: {}').config.messages).to.deep.equal({ mail: null, twilio: null, webhooks: {} });
  });

  it('are who is written, and how they are reached', () => {
    expect(config.people).to.deep.equal({
      ann: {
        ...{ name: 'ann', phone: '+491700000001', mail: 'ann@example.org' },
        quiet: { from: 1320, to: 420, zone: 'Europe/Berlin' },
        budget: { count: 6, perMs: 3_600_000 },
      },
      carl: {
        ...{ name: 'carl', phone: '+491700000003', mail: null, quiet: null },
        budget: { count: 2, perMs: 600_000 },
      },
      eve: { name: 'eve', phone: null, mail: null, quiet: null, budget: null },
    });
    expect(config.groups).to.deep.equal({ devops: ['ann'], cto: ['carl', 'ann'] });
  });

  it('go through what is written', () => {
    const { mail, twilio, webhooks } = config.messages;
    expect(mail?.url.reveal()).to.equal('smtp://me:pa%2Fss%40w@mail.example.org:587');
    expect(mail?.from).to.equal('canopy@example.org');
    expect(twilio).to.deep.include({
      ...{ account: 'AC0123', from: '+15550100' },
      ...{ url: 'https://api.twilio.com', callback: 'https://w.example.org' },
    });
    expect(twilio?.token.reveal()).to.equal('token-1');
    expect(webhooks['chat']).to.deep.include({ format: 'slack', secret: null });
    expect(webhooks['log']?.format).to.equal('json');
    expect(webhooks['log']?.secret?.reveal()).to.equal('s 3');
  });

  it('climb level by level', () => {
    expect(config.escalation).to.deep.equal({
      default: [
        { tell: ['devops'], by: ['sms', 'mail'], afterMs: 0, repeat: 0, everyMs: 300_000 },
        { tell: ['cto', 'carl'], by: ['call'], afterMs: 300_000, repeat: 2, everyMs: 60_000 },
      ],
      night: [{ tell: ['eve'], by: ['chat'], afterMs: 0, repeat: 0, everyMs: 300_000 }],
    });
    expect(Object.values(config.environments).map(({ notify }) => notify)).to.deep.equal([
      'none',
      'default',
      null,
    ]);
  });

  it('keep what they log in with to themselves', () => {
    expect(secrets).to.include.members(['pa%2Fss%40w', 'pa/ss@w', 'token-1', variables.CHAT, 's 3']);
    const shown = stringify(written(config)) + JSON.stringify(config);
    expect(shown).not.to.match(/pa.*ss.*w@|token-1|secret-1|s 3/);
    expect(shown).to.contain('smtp://me:[secret]@mail.example.org:587');
  });

  it('are written by explain config so that they mean the same', () => {
    const again = read(stringify(written(config)).replace('app: shop', '')).config;
    expect(JSON.parse(JSON.stringify(again))).to.deep.equal(JSON.parse(JSON.stringify(config)));
    expect(written(config)).to.deep.nested.include({
      'people.ann.quiet': '22:00-07:00 Europe/Berlin',
      'people.ann.budget': '6/1h',
      'people.carl.budget': '2/10m',
    });
  });

  it('want no variable of a step that tells nobody', () => {
    const { missing, config: without } = read(whole);
    expect(missing.map(({ path }) => path)).to.deep.equal([
      'messages.mail.url',
      'messages.twilio.token',
      'messages.webhooks.chat.url',
    ]);
    expect(without.messages.twilio?.from).to.equal('+15550100');
    const phones = whole.replace('+491700000001', '"${env:ANN}"').replace('carl@', 'x@');
    expect(read(phones).config.people['ann']?.phone).to.equal(null);
  });
});

describe('people and messages that are wrong', () => {
  for (const { name, yaml, problems } of wrong)
    it(`are refused: ${name}`, () => expect(problemsOf(yaml.join('\n'))).to.deep.equal(problems));

  it('are refused for a variable that gives something else, without telling what', () => {
    const told = problemsOf('messages: { mail: { url: "${env:SMTP_URL}", from: a@b } }', {
      SMTP_URL: 'secret-1',
    });
    expect(told).to.deep.equal([
      'messages.mail.url: must be like smtp://user:password@host:587, or smtps://',
    ]);
  });
});
