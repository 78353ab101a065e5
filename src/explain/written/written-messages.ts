/** People and messages as they would stand in canopy.yml; of an address that holds a secret, what is none. Pure. */
import type { MessageBudget, MessagesConfig, Person, QuietHours } from '../../config/types.ts';
import { parseUrl } from '../../shared/url/parse-url.ts';
import { splitUrl } from '../../shared/url/userinfo.ts';
import { writeDuration } from './written-units.ts';

/** Somebody without an address is a name that a webhook tells. */
export const writePeople = (people: Readonly<Record<string, Person>>): object =>
  Object.fromEntries(
    Object.values(people).map(({ name, quiet, budget, ...more }) => [
      name,
      withoutNull({
        ...more,
        quiet: quiet === null ? null : writeQuiet(quiet),
        budget: budget === null ? null : writeBudget(budget),
      }),
    ]),
  );

const withoutNull = (tree: object): object =>
  Object.fromEntries(Object.entries(tree).filter(([, value]) => value !== null));

const writeQuiet = ({ from, to, zone }: QuietHours): string => `${writeTime(from)}-${writeTime(to)} ${zone}`;

function writeTime(minutes: number): string {
  const two = (count: number): string => String(count).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

const writeBudget = ({ count, perMs }: MessageBudget): string => `${count}/${writeDuration(perMs)}`;

/** Scalars and sections are left as they are, for `write`. */
export const writeMessages = ({ mail, twilio, webhooks }: MessagesConfig): object => ({
  mail: mail === null ? null : { ...mail, url: writeMailUrl(mail.url.reveal()) },
  twilio,
  webhooks: Object.fromEntries(
    Object.entries(webhooks).map(([name, { url, ...more }]) => [
      name,
      { url: `${parseUrl(url.reveal())?.origin ?? ''}/[secret]`, ...more },
    ]),
  ),
});

function writeMailUrl(url: string): string {
  const { scheme = '', user = '', password = '', rest = '' } = splitUrl(url) ?? {};
  return password === '' ? url : `${scheme}${user}:[secret]@${rest}`;
}
