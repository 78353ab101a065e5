/** `watch`: what is watched, by which rules, and who may look. */
import * as v from 'valibot';
import { Secret } from '../../../shared/secret.ts';
import { address, isNetwork, url } from '../../fields/address.ts';
import { anyText, atLeastOne, flag, list, text } from '../../fields/fields.ts';
import {
  key,
  lasts,
  meant,
  needed,
  nested,
  nestedOrNull,
  section,
  type SectionOf,
  type WrittenOf,
} from '../../fields/section.ts';
import { serverSecrets } from '../../fields/asked-server.ts';
import { stateFolder } from '../../fields/here.ts';
import { buildWatchRules, watchRuleList, type WatchRule } from './rules.ts';
import { buildTargets, targets, targetSecrets, uplink, type WatchTarget } from './targets.ts';

/** What goes into a header: an empty one is none. */
const token = meant(v.pipe(anyText(), v.regex(/^[\x21-\x7e]*$/, 'must be one word of ASCII')), (written) =>
  written ? new Secret(written) : null,
);
const origin = v.pipe(
  url,
  v.check(
    (value) => /^https?:\/\/[^/?#@]+\/?$/i.test(value),
    'must be an origin without a path, like https://shop.example.org',
  ),
  v.transform((value) => new URL(value).origin),
);
const network = v.pipe(text, v.check(isNetwork, 'must be an address or a network, like 10.0.0.0/8'));

const own = section({
  listen: key(address, { host: '127.0.0.1', port: 8090 }),
  /** How people and Twilio reach it; null: no links. */
  url: meant(url, (written) => written?.replace(/\/+$/, '') ?? null),
  tokens: nested(section({ viewer: token, operator: token, heartbeat: token, flags: token })),
  /** Pages of others that may call /ofrep. */
  origins: key(list(origin), []),
  /** A login that a reverse proxy has made. */
  proxy: nestedOrNull(
    section({
      header: needed(
        v.pipe(
          text,
          v.regex(/^[A-Za-z0-9-]{1,64}$/, 'must be the name of a header'),
          v.transform((name) => name.toLowerCase()),
        ),
      ),
      from: key(v.pipe(list(network), v.minLength(1, 'names nobody')), ['127.0.0.1/32']),
    }),
  ),
  /** A status page for everybody. */
  public: key(flag, false),
  every: lasts(15_000),
  timeout: lasts(5000),
  /** Bad checks in a row until a target is down, and good ones until it is up. */
  down: key(atLeastOne, 3),
  up: key(atLeastOne, 2),
  /** After a first bad check the next ones come so soon; 0: at the pace of `every`. */
  confirm: lasts(100),
  /** Beside the targets: the balancer, every instance with a url, every router, the store. */
  defaults: key(flag, true),
  /** How often the hosts are measured. */
  sample: lasts(2000),
  groupOver: key(atLeastOne, 5),
  /** Null: below the state folder of the user. */
  stateDir: key(text, null),
});
/** Lists are worked in with what stands elsewhere. */
export const watch = section({
  ...own.keys,
  targets: key(targets, []),
  uplink: key(uplink, []),
  rules: key(watchRuleList, []),
});

export interface WatchConfig extends Omit<SectionOf<typeof own>, 'stateDir'> {
  readonly stateDir: string;
  readonly targets: readonly WatchTarget[];
  readonly uplink: readonly WatchTarget[];
  readonly rules: readonly WatchRule[];
}

export function buildWatch(
  written: WrittenOf<typeof watch>,
  app: string,
  at: { readonly home: string; readonly stateHome: string | null },
): WatchConfig {
  const { stateDir, ...found } = own.fill(written);
  return {
    ...found,
    stateDir: stateFolder(stateDir, app, at),
    targets: buildTargets(written.targets ?? [], () => ''),
    uplink: buildTargets(written.uplink ?? [], (index) => `uplink-${index + 1}`),
    rules: buildWatchRules(written.rules ?? []),
  };
}

/** Texts that must never be printed. */
export const watchSecrets = ({ tokens, targets: asked, uplink: way, rules }: WatchConfig): string[] => [
  ...Object.values(tokens).flatMap((one) => (one === null ? [] : [one.reveal()])),
  ...targetSecrets([...asked, ...way]),
  ...rules.flatMap(({ when }) =>
    when.flatMap((one) => ('prometheus' in one ? serverSecrets(one.prometheus) : [])),
  ),
];
