/** `store`: where the record of everything is. */
import * as v from 'valibot';
import { Secret } from '../../../shared/secret.ts';
import { parseUrl } from '../../../shared/url/parse-url.ts';
import { decoded, encodeUserinfo, splitUrl } from '../../../shared/url/userinfo.ts';
import { peer } from '../../fields/address.ts';
import { byForm, flag, isMapping, list, object, text } from '../../fields/fields.ts';

const o = v.optional;
const sentinel = object({
  sentinels: v.pipe(list(peer), v.minLength(1, 'names no sentinel')),
  name: text,
  password: o(text),
  requireAuth: o(flag),
});
const storeAt = object({ url: text, requireAuth: o(flag) });
const anyStore = v.union(
  [text, storeAt, sentinel],
  'must be a redis:// or rediss:// URL, { url, requireAuth } or { sentinels, name }',
);
export const store = byForm(anyStore, (input) => {
  if (!isMapping(input)) return anyStore;
  return 'sentinels' in input || 'name' in input ? sentinel : storeAt;
});

export type StoreConfig =
  | { readonly kind: 'url'; readonly url: Secret; readonly shown: string; readonly requireAuth: boolean }
  | {
      readonly kind: 'sentinels';
      readonly sentinels: readonly { readonly host: string; readonly port: number }[];
      readonly name: string;
      readonly password: Secret | null;
      readonly shown: string;
      readonly requireAuth: boolean;
    };

const local = 'redis://127.0.0.1:6379/0';

export function buildStore(raw: v.InferOutput<typeof store> | undefined): StoreConfig {
  if (raw === undefined || typeof raw === 'string') return atUrl(raw || local, false);
  if ('url' in raw) return atUrl(raw.url, raw.requireAuth ?? false);
  return {
    kind: 'sentinels',
    sentinels: raw.sentinels,
    name: raw.name,
    password: raw.password ? new Secret(raw.password) : null,
    shown: `sentinels ${raw.sentinels.map(({ host, port }) => `${host}:${port}`).join(', ')} (${raw.name})`,
    requireAuth: raw.requireAuth ?? false,
  };
}

/** Secrets that a store's address holds, for the mask. */
export function storeSecrets(config: StoreConfig): string[] {
  if (config.kind === 'sentinels') return config.password ? [config.password.reveal()] : [];
  const { password = '' } = splitUrl(config.url.reveal()) ?? {};
  return password === '' ? [] : [...new Set([password, decoded(password)])];
}

function atUrl(url: string, requireAuth: boolean): StoreConfig {
  const encoded = encodeUserinfo(url);
  return { kind: 'url', url: new Secret(encoded), shown: show(encoded), requireAuth };
}

/** The address without what is secret in it. */
function show(url: string): string {
  const parsed = parseUrl(url);
  if (!parsed) return 'an address that is no URL';
  return `${parsed.protocol}//${parsed.host}${parsed.pathname}`;
}
