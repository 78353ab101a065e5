/** What an instance said of itself, read from the facts script's lines. Nothing in it is trusted further than its form. */
import { isReleaseId } from '../artifact/id.ts';

export interface InstanceFacts {
  readonly current: string | null;
  readonly releases: readonly {
    readonly id: string;
    /** When it passed its gate; null: it never did. */ readonly healthyAt: number | null;
  }[];
  readonly token: number;
  readonly freeKb: number;
  readonly running: boolean;
  /** Programs that a deploy needs and the server lacks. */
  readonly lacks: readonly string[];
  /** The nearest folder that exists, when the SSH user may not write into it. */
  readonly readonly: string | null;
  /** Files below shared/ that canopy.yml names and the server does not have. */
  readonly unshared: readonly string[];
  /** What systemd knows of the service; null when it was not asked. */
  readonly unit: UnitFacts | null;
}

export interface UnitFacts {
  /** `shop.service` */
  readonly name: string;
  /** `loaded`, `not-found`, `masked` …; empty when systemd did not answer. */
  readonly load: string;
  readonly environmentFiles: readonly string[];
  /** What sudo does not allow without a password: `restart` … */
  readonly denied: readonly string[];
  /** The SSH user, when its services end with its last session. */
  readonly noLinger: string | null;
}

/** Null when the answer is cut or not ours. */
export function parseFacts(text: string): InstanceFacts | null {
  const lines = text.split('\n').flatMap((line) => {
    const tab = line.indexOf('\t');
    return tab < 0 ? [] : [[line.slice(0, tab), line.slice(tab + 1)] as const];
  });
  const all = (word: string): string[] => lines.filter(([key]) => key === word).map(([, value]) => value);
  const one = (word: string): string => all(word)[0] ?? '';
  if (one('canopy') !== 'facts' || one('end') !== 'facts') return null;
  const current = /^releases\/([^/]+)$/.exec(one('current'))?.[1] ?? null;
  return {
    current: current !== null && isReleaseId(current) ? current : null,
    releases: all('release').flatMap(readRelease),
    token: /^\d{1,15}$/.test(one('token')) ? Number(one('token')) : 0,
    freeKb: /^\d+$/.test(one('free')) ? Number(one('free')) : 0,
    running: one('running') === 'yes',
    lacks: all('lacks'),
    readonly: all('readonly')[0] ?? null,
    unshared: all('unshared'),
    unit: readUnit(all('unit')),
  };
}

function readRelease(value: string): { id: string; healthyAt: number | null }[] {
  const [id = '', at = ''] = value.split(' ');
  if (!isReleaseId(id)) return [];
  return [{ id, healthyAt: /^\d{1,15}$/.test(at) ? Number(at) : null }];
}

function readUnit(lines: readonly string[]): UnitFacts | null {
  const all = (key: string): string[] =>
    lines.filter((line) => line.startsWith(`${key}=`)).map((line) => line.slice(key.length + 1));
  const name = all('Id')[0];
  if (name === undefined) return null;
  return {
    name,
    load: all('LoadState')[0] ?? '',
    environmentFiles: [...all('EnvironmentFiles'), ...all('EnvironmentFile')]
      .map((file) => file.replace(/ \(ignore_errors=\w+\)$/, ''))
      .filter((file) => file !== ''),
    denied: all('Denied'),
    noLinger: all('NoLinger')[0] ?? null,
  };
}

/**
 * The release to go back to: the newest that passed its gate before the present one did, and that all instances hold. A
 * present one that does not run everywhere, or never passed, is itself what is gone back from or to. Null: there is none.
 */
export function earlierRelease(all: readonly InstanceFacts[]): string | null {
  const [first] = all;
  if (!first) return null;
  const held = healthyReleases(first).filter((id) =>
    all.every((facts) => facts.releases.some((one) => one.id === id)),
  );
  const [current, ...others] = new Set(all.map((facts) => facts.current));
  if (others.length > 0 || current === undefined || current === null) return held[0] ?? null;
  const at = held.indexOf(current);
  return (all.every((facts) => facts.running) ? held[at + 1] : held[Math.max(at, 0)]) ?? null;
}

/** Releases that passed their gate, the newest first. */
export const healthyReleases = (facts: InstanceFacts): string[] =>
  facts.releases
    .filter((release) => release.healthyAt !== null)
    .sort((a, b) => (b.healthyAt ?? 0) - (a.healthyAt ?? 0))
    .map((release) => release.id);
