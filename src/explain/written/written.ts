/** A configuration as it would stand in canopy.yml, with every default in it: names, durations and percentages as people write them. Pure. */
import { inherited } from '../../config/file/layers.ts';
import type { Docker } from '../../config/types.ts';
import type { Config, Environment, StoreConfig, WatchConfig } from '../../config/types.ts';
import { lines, percent, shares, texts, weight } from '../../config/fields/fields.ts';
import { increase } from '../../config/sections/canary/analysis.ts';
import { wholeSchema as schema } from '../../config/file/operate.ts';
import { parseUrl } from '../../shared/url/parse-url.ts';
import { Secret } from '../../shared/secret.ts';
import { noSources, overlay, type WrittenSources } from './from-variables.ts';
import { namesOf } from './names-of.ts';
import { writeDocker } from './written-docker.ts';
import { writeDuration, writeSize } from './written-units.ts';
import { writeMessages, writePeople } from './written-messages.ts';
import { writeWatch } from './written-watch.ts';

type WrittenTree = Record<string, unknown>;

/** Numbers under these names are percentages. */
const percentages = namesOf(schema, [percent, weight, increase]);
/** One line, or a list of them: a list of one is written as that one. */
const single = namesOf(schema, [lines, texts, shares]);

/**
 * Secrets are written as `[secret]`, and what came from a variable or a file as it stands in canopy.yml; apart from secrets `readConfig`
 * of the result is the configuration again.
 */
export function written(config: Config, sources: WrittenSources = noSources): WrittenTree {
  const { file: _, folder: __, app, store, artifact, checks, ssh, environments, ...rest } = config;
  const { people, messages, ...plain } = rest;
  const { environments: ___, store: ____, ...source } = sources.file;
  const own = {
    app,
    // Without files there is no such section: what is left of it is nobody's choice.
    ...(artifact.files.length > 0 ? { artifact: write(artifact) } : {}),
    ...(write({ checks, ssh }) as WrittenTree),
    ...(write(plain) as WrittenTree),
    ...(Object.keys(people).length > 0 ? { people: writePeople(people) } : {}),
    ...(write({ messages: writeMessages(messages) }) as WrittenTree | undefined),
  };
  const {
    app: name,
    artifact: built,
    checks: gates,
    ssh: reached,
    ...more
  } = overlay(own, source) as WrittenTree;
  return withoutNothing({
    app: name,
    // The address of a store is in many messages: its password alone is hidden.
    store: writeStore(store),
    artifact: built,
    checks: gates,
    ssh: reached,
    environments: Object.fromEntries(
      Object.values(environments).map((one) => [one.name, writeEnvironment(one, sources)]),
    ),
    ...more,
  });
}

const withoutNothing = (tree: WrittenTree): WrittenTree =>
  Object.fromEntries(Object.entries(tree).filter(([, value]) => value !== undefined));

function writeEnvironment({ name, instances, ...own }: Environment, sources: WrittenSources): WrittenTree {
  const list = instances.map((one, at) => overlay(write(one), sources.instance(name, at)) as WrittenTree);
  const [first] = list;
  const common: readonly string[] = inherited.filter((key) =>
    list.every((one) => same(one[key], first?.[key])),
  );
  const kept = list.map((one) =>
    Object.fromEntries(Object.entries(one).filter(([key]) => !common.includes(key))),
  );
  const lifted = common.flatMap((key) => (first?.[key] === undefined ? [] : [[key, first[key]] as const]));
  const source = (sources.file['environments'] as Record<string, unknown> | undefined)?.[name];
  const { branch, ...more } = overlay(write(own), source) as WrittenTree;
  return {
    ...(branch === undefined ? {} : { branch }),
    ...Object.fromEntries(lifted),
    instances: kept,
    ...more,
  };
}

/** The value under a key; undefined: it is left out. */
function write(value: unknown, key = ''): unknown {
  if (value === null || value === undefined) return undefined;
  if (value instanceof Secret) return '[secret]';
  if (typeof value === 'number' && percentages.has(key)) return `${value}%`;
  if (Array.isArray(value)) return writeList(value, key);
  if (typeof value !== 'object') return value;
  const tree = value as WrittenTree;
  const names = Object.keys(tree);
  if (names.length === 1 && 'percent' in tree) return `${String(tree['percent'])}%`;
  if (names.length === 1 && 'count' in tree) return tree['count'];
  if (names.length === 2 && 'host' in tree && 'port' in tree) return address(tree);
  if (key === 'service') return writeService(tree);
  if (key === 'docker') return writeDocker(value as Docker);
  if (key === 'watch') return write(writeWatch(value as WatchConfig, writeStore));
  const filled = Object.entries(tree).flatMap(([name, item]) => writeEntry(name, item));
  return filled.length === 0 ? undefined : Object.fromEntries(filled);
}

function writeEntry(name: string, value: unknown): [string, unknown][] {
  if (name === 'probe' && value !== null && typeof value === 'object' && 'kind' in value)
    return writeProbe(value as WrittenTree);
  if (typeof value === 'number' && name.endsWith('Ms')) return [[name.slice(0, -2), writeDuration(value)]];
  if (typeof value === 'number' && name.endsWith('Bytes')) return [[name.slice(0, -5), writeSize(value)]];
  const text = write(value, name);
  return text === undefined ? [] : [[name, text]];
}

function writeList(list: readonly unknown[], key: string): unknown {
  const items = list.map((item) => write(item, key));
  if (!single.has(key)) return items;
  return items.length > 1 ? items : items[0];
}

/** The kind of a probe is the name of its key. */
function writeProbe({ kind, ...more }: WrittenTree): [string, unknown][] {
  if (kind === 'running') return [['running', writeDuration(Number(more['forMs']))]];
  if (kind === 'tcp') return [['tcp', more['port']]];
  return Object.entries(more).flatMap(([name, item]) => writeEntry(name, item));
}

function writeService({ kind, unit, ...own }: WrittenTree): WrittenTree {
  return kind === 'commands' ? (write(own) as WrittenTree) : { [String(kind)]: unit };
}

const address = ({ host, port }: WrittenTree): string =>
  String(host).includes(':') ? `[${String(host)}]:${String(port)}` : `${String(host)}:${String(port)}`;

function writeStore(store: StoreConfig): unknown {
  if (store.kind === 'sentinels') {
    const { kind: _, shown: __, ...own } = store;
    return write(own);
  }
  const hidden = (parseUrl(store.url.reveal())?.password ?? '') !== '';
  const url = hidden ? store.shown.replace('//', '//:[secret]@') : store.shown;
  return store.requireAuth ? { url, requireAuth: true } : url;
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
