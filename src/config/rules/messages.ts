/** What `people`, `groups`, `messages`, `escalation` and `notify` must not say. */
import type { Problem } from '../../errors/common.ts';
import { lookUp } from '../../shared/look-up.ts';
import { isLoopback } from '../../shared/url/loopback.ts';
import { parseUrl } from '../../shared/url/parse-url.ts';
import { suggest } from '../../shared/text/suggest.ts';
import { rule } from '../fields/rule.ts';
import type { Config } from '../sections/config.ts';
import type { EscalationLevel } from '../sections/escalation.ts';
import type { MailConfig, TwilioConfig } from '../sections/messages.ts';
import type { Person } from '../sections/people.ts';

/** Words that say by what somebody is told; a webhook has a name of its own. */
const means = ['call', 'sms', 'mail'];

export function messageRules(config: Config): Problem[] {
  const { messages, escalation } = config;
  return [
    ...groupRules(config),
    ...(messages.mail === null ? [] : mailRules(messages.mail)),
    ...(messages.twilio === null ? [] : twilioRules(messages.twilio)),
    ...webhookRules(config),
    ...Object.entries(escalation).flatMap(([name, levels]) => [
      ...(name === 'none'
        ? [rule('escalation.none', 'is the word for nobody', 'give the policy another name')]
        : []),
      ...levels.flatMap((level, index) => levelRules(level, `escalation.${name}[${index}]`, config)),
    ]),
    ...missingAddresses(config),
    ...notifyRules(config),
  ];
}

const groupRules = ({ groups, people }: Config): Problem[] =>
  Object.entries(groups).flatMap(([name, members]) => [
    ...(lookUp(people, name) === undefined
      ? []
      : [rule(`groups.${name}`, 'is also the name of a person', 'give the group another name')]),
    ...members.flatMap((member, index) => {
      const at = `groups.${name}[${index}]`;
      if (lookUp(people, member) === undefined)
        return [unknown(at, 'person', member, Object.keys(people), 'people')];
      return members.indexOf(member) < index
        ? [rule(at, `${member} stands twice`, 'name each person once')]
        : [];
    }),
  ]);

const unknown = (at: string, what: string, name: string, known: readonly string[], of: string): Problem =>
  rule(
    at,
    `there is no ${what} "${name}"${suggest(name, known)}`,
    known.length === 0 ? `write it in ${of}` : `name one of: ${known.join(', ')}`,
  );

/** Keys without which nothing can be sent. */
const lacking = (at: string, keys: Readonly<Record<string, string>>): Problem[] =>
  Object.entries(keys).flatMap(([key, text]) =>
    text === '' ? [rule(`${at}.${key}`, 'is missing', `write it, or leave ${at} out`)] : [],
  );

const mailRules = ({ url, from }: MailConfig): Problem[] =>
  lacking('messages.mail', { url: url.reveal(), from });

const twilioRules = ({ account, token, from, ...urls }: TwilioConfig): Problem[] => [
  ...lacking('messages.twilio', { account, token: token.reveal(), from }),
  ...(['url', 'callback'] as const).flatMap((key) => {
    const { protocol, hostname = '' } = parseUrl(urls[key] ?? '') ?? {};
    return protocol === 'http:' && !isLoopback(hostname.replace(/^\[|\]$/g, ''))
      ? [rule(`messages.twilio.${key}`, 'is not https: all would be sent in the clear', 'use https://')]
      : [];
  }),
];

const webhookRules = ({ messages }: Config): Problem[] =>
  Object.entries(messages.webhooks).flatMap(([name, { url }]) => {
    const at = `messages.webhooks.${name}`;
    return [
      ...(means.includes(name)
        ? [rule(at, `${name} is no name for a webhook`, 'by: would mean two things')]
        : []),
      ...lacking(at, { url: url.reveal() }),
    ];
  });

function levelRules({ tell, by, repeat, everyMs }: EscalationLevel, at: string, config: Config): Problem[] {
  const { people, groups, messages } = config;
  const names = [...Object.keys(people), ...Object.keys(groups)];
  const ways = [...means, ...Object.keys(messages.webhooks)];
  return [
    ...(tell.length === 0 ? [rule(`${at}.tell`, 'names nobody', 'name people or groups')] : []),
    ...(by.length === 0 ? [rule(`${at}.by`, 'names nothing', 'write call, sms, mail or a webhook')] : []),
    ...tell.flatMap((name, index) =>
      names.includes(name) ? [] : [unknown(`${at}.tell[${index}]`, 'person or group', name, names, 'people')],
    ),
    ...by.flatMap((way, index) => wayRules(way, `${at}.by[${index}]`, ways, config)),
    ...(repeat > 0 && everyMs < 1000 ? [rule(`${at}.every`, 'is less than a second', 'use 5m')] : []),
  ];
}

function wayRules(way: string, at: string, ways: readonly string[], { messages }: Config): Problem[] {
  if (!ways.includes(way)) return [unknown(at, 'way to tell', way, ways, 'messages.webhooks')];
  const key = way === 'mail' ? 'mail' : 'twilio';
  return means.includes(way) && messages[key] === null
    ? [rule(at, `nothing carries ${way}`, `write messages.${key}`)]
    : [];
}

/** What a person needs to be told by these ways. */
const addressFor = { phone: ['call', 'sms'], mail: ['mail'] } as const;

/** The addresses that a person lacks, each with the way that needs it. */
const lackingFor = (person: Person, by: readonly string[]) =>
  (['phone', 'mail'] as const).flatMap((key) => {
    const way = by.find((one) => addressFor[key].some((needs) => needs === one));
    return way === undefined || person[key] !== null ? [] : [{ at: `people.${person.name}.${key}`, way }];
  });

/** Told where the address would stand: once for each, however many levels need it. */
function missingAddresses({ escalation, groups, people }: Config): Problem[] {
  const found = new Map<string, Problem>();
  const named = (name: string): Person[] =>
    (lookUp(groups, name) ?? [name]).flatMap((one) => lookUp(people, one) ?? []);
  for (const [policy, levels] of Object.entries(escalation))
    for (const [index, { tell, by }] of levels.entries())
      for (const person of tell.flatMap(named))
        for (const { at, way } of lackingFor(person, by)) {
          const why = `escalation.${policy}[${index}] tells ${person.name} by ${way}`;
          if (!found.has(at))
            found.set(at, rule(at, `is missing, and ${why}`, `write it, or tell somebody else`));
        }
  return [...found.values()];
}

function notifyRules({ notify, environments, escalation }: Config): Problem[] {
  const policies = Object.keys(escalation);
  const asked = [
    ['notify', notify] as const,
    ...Object.values(environments).map((one) => [`environments.${one.name}.notify`, one.notify] as const),
  ];
  return asked.flatMap(([at, policy]) =>
    policy === null || policy === 'none' || policies.includes(policy)
      ? []
      : [unknown(at, 'policy', policy, policies, 'escalation')],
  );
}
