/** `watch.targets`: what is asked whether it is up; each by one kind of probe. */
import * as v from 'valibot';
import type { Secret } from '../../../shared/secret.ts';
import { peer, url } from '../../fields/address.ts';
import { count, duration, lines, list, name, text, texts } from '../../fields/fields.ts';
import type { Lines } from '../../fields/lines.ts';
import { key, section, type SectionOf, type WrittenOf } from '../../fields/section.ts';
import { buildStore, store, storeSecrets, type StoreConfig } from '../store/store.ts';

type PeerAddress = v.InferOutput<typeof peer>;

/** One of them says how it is asked. */
const kinds = section({
  url: key(url, null),
  tcp: key(peer, null),
  tls: key(peer, null),
  /** An address for SSH. */
  ssh: key(text, null),
  redis: key(store, null),
  /** Run by `sh -e` on the machine of the watch, in the folder of canopy.yml. */
  command: key(lines, null),
  /** Down when nothing was posted to /heartbeat/NAME for so long. */
  heartbeat: key(duration, null),
});
const keys = section({
  name: key(name, null),
  ...kinds.keys,
  /** Of a `url`: what it has to answer, and to contain. */
  status: key(count, null),
  contains: key(text, null),
  /** What it cannot be up without; null: as far as that is known. */
  needs: key(texts, null),
  /** Null: those of `watch`. */
  every: key(duration, null),
  timeout: key(duration, null),
});

export type TargetProbe =
  | {
      readonly kind: 'http';
      readonly url: string;
      readonly status: number;
      readonly contains: string | null;
      /** What it is asked with beside the usual: none of canopy.yml, so far. */
      readonly headers?: Readonly<Record<string, Secret>>;
    }
  | ({ readonly kind: 'tcp' } & PeerAddress)
  | ({ readonly kind: 'tls' } & PeerAddress)
  | { readonly kind: 'ssh'; readonly address: string }
  | { readonly kind: 'redis'; readonly store: StoreConfig }
  | { readonly kind: 'command'; readonly command: Lines }
  | { readonly kind: 'heartbeat'; readonly withinMs: number };

export interface WatchTarget {
  readonly name: string;
  readonly probe: TargetProbe;
  /** Names; null: as far as that is known. */
  readonly needs: readonly string[] | null;
  /** Null: those of `watch`. */
  readonly everyMs: number | null;
  readonly timeoutMs: number | null;
}

const names = Object.keys(kinds.keys) as (keyof typeof kinds.keys)[];
const one = v.pipe(
  keys.schema,
  v.check(
    (value) => names.filter((kind) => value[kind] !== undefined).length === 1,
    `must have one of ${names.join(', ')}`,
  ),
  v.check(
    (value) => value.url !== undefined || (value.status ?? value.contains) === undefined,
    'must not have status or contains: they are for url',
  ),
);
const named = v.pipe(
  one,
  v.check((value) => value.name !== undefined, 'must have a name'),
);
const asking = v.pipe(
  one,
  v.check((value) => value.heartbeat === undefined, 'must ask somebody: a heartbeat proves no way out'),
);

export const targets = list(named, 'a list of targets');
/** Probes of this watcher's own way out. */
export const uplink = list(asking, 'a list of probes');

export const buildTargets = (
  written: readonly WrittenOf<typeof keys>[],
  nameOf: (index: number) => string,
): WatchTarget[] =>
  written.map((item, index) => {
    const found = keys.fill(item);
    return {
      name: found.name ?? nameOf(index),
      probe: probeOf(found),
      needs: found.needs,
      everyMs: found.every,
      timeoutMs: found.timeout,
    };
  });

function probeOf(found: SectionOf<typeof keys>): TargetProbe {
  const { tcp, tls, ssh, redis, command, heartbeat } = found;
  if (tcp !== null) return { kind: 'tcp', ...tcp };
  if (tls !== null) return { kind: 'tls', ...tls };
  if (ssh !== null) return { kind: 'ssh', address: ssh };
  if (redis !== null) return { kind: 'redis', store: buildStore(redis as v.InferOutput<typeof store>) };
  if (command !== null) return { kind: 'command', command };
  if (heartbeat !== null) return { kind: 'heartbeat', withinMs: heartbeat };
  return { kind: 'http', url: found.url ?? '', status: found.status ?? 200, contains: found.contains };
}

/** Texts that must never be printed. */
export const targetSecrets = (all: readonly WatchTarget[]): string[] =>
  all.flatMap(({ probe }) => (probe.kind === 'redis' ? storeSecrets(probe.store) : []));
