/**
 * `messages`: what calls, SMS, mails and webhooks go through. Nearly all of it comes from variables, and one that is not set is an
 * error for steps that tell somebody alone: so no key has to be there by its shape, and the rules say what is missing.
 */
import * as v from 'valibot';
import { Secret } from '../../shared/secret.ts';
import { decoded, encodeUserinfo, splitUrl } from '../../shared/url/userinfo.ts';
import { url } from '../fields/address.ts';
import { anyText, mapping, name, oneOf, text } from '../fields/fields.ts';
import { mailAddress, phone } from '../fields/phone-and-mail.ts';
import { key, meant, nestedOrNull, section, type SectionOf, type WrittenOf } from '../fields/section.ts';

const hidden = <S extends v.GenericSchema<unknown, string>>(schema: S) =>
  meant(schema, (written) => new Secret(written ?? ''));
const bare = (written: string | undefined): string | null => written?.replace(/\/+$/, '') ?? null;

const mailServer = v.pipe(
  text,
  v.check((value) => isMailServer(value), 'must be like smtp://user:password@host:587, or smtps://'),
  v.transform(encodeUserinfo),
);

function isMailServer(value: string): boolean {
  const { scheme = '', rest = '' } = splitUrl(value) ?? {};
  if (!/^smtps?:\/\/$/i.test(scheme) || /[\s\p{Cc}/?#]/u.test(rest.replace(/\/$/, ''))) return false;
  // As the check of URLs knows hosts and ports.
  return v.safeParse(url, `http://${rest}`).success;
}

const mail = section({ url: hidden(mailServer), from: key(mailAddress, '') });
const twilio = section({
  account: key(v.pipe(text, v.regex(/^AC[0-9A-Za-z]{1,64}$/, 'must begin with AC')), ''),
  token: hidden(text),
  /** A number of this application alone: who answers to it answers us. */
  from: key(phone, ''),
  url: meant(url, (written) => bare(written) ?? 'https://api.twilio.com'),
  /** Where Twilio reaches the watch; null: nobody can, and answers are asked for. */
  callback: meant(url, bare),
});
const webhook = section({
  url: hidden(url),
  format: key(oneOf(['slack', 'json']), 'json'),
  /** Signs the body; null: nothing is signed. */
  secret: meant(anyText(), (written) => (written ? new Secret(written) : null)),
});
export const messages = section({
  mail: nestedOrNull(mail),
  twilio: nestedOrNull(twilio),
  webhooks: meant(mapping(name, webhook.schema), (written = {}) => written),
});

export type MailConfig = SectionOf<typeof mail>;
export type TwilioConfig = SectionOf<typeof twilio>;
export type WebhookConfig = SectionOf<typeof webhook>;
export interface MessagesConfig {
  readonly mail: MailConfig | null;
  readonly twilio: TwilioConfig | null;
  readonly webhooks: Readonly<Record<string, WebhookConfig>>;
}

export function buildMessages(written: WrittenOf<typeof messages>): MessagesConfig {
  const found = messages.fill(written);
  return {
    ...found,
    webhooks: Object.fromEntries(Object.entries(found.webhooks).map(([of, one]) => [of, webhook.fill(one)])),
  };
}

/** Texts that must never be printed. */
export function messageSecrets(config: MessagesConfig): string[] {
  const { password = '' } = splitUrl(config.mail?.url.reveal() ?? '') ?? {};
  const hooks = Object.values(config.webhooks).flatMap((one) => [
    one.url.reveal(),
    one.secret?.reveal() ?? '',
  ]);
  const all = [password, decoded(password), config.twilio?.token.reveal() ?? '', ...hooks];
  return [...new Set(all.filter((one) => one !== ''))];
}
