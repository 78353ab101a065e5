/** What an instance said of itself, read from the facts script's lines. Nothing in it is trusted further than its form. */
import { isReleaseId } from '../../artifact/id.ts';
import { readEngine, type EngineFacts } from './engine.ts';
import { readNoted, type Noted } from './noted.ts';
import { readServed, type ServedRecord } from './served.ts';
import { holdsProven, isForeign, readSite, type SiteFacts } from './site.ts';

export type FactsByInstance = Readonly<Record<string, InstanceFacts>>;

export interface InstanceFacts extends SiteFacts {
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
  /** The mount on which releases lie, when it starts no program: noexec. */
  readonly noexec: string | null;
  /** Files below shared/ that canopy.yml names and the server does not have. */
  readonly unshared: readonly string[];
  /** Releases whose `once` hook has run here. */
  readonly once: readonly string[];
  /** What systemd knows of the service; null when it was not asked. */
  readonly unit: UnitFacts | null;
  /** The Docker Engine; null for an instance that is no container. */
  readonly engine: EngineFacts | null;
  /** What the server has noted of the last deploy; null: nothing, or it was not asked. */
  readonly noted: Noted | null;
  /** What served when, the oldest first. */
  readonly served: readonly ServedRecord[];
  /** sha256 of the list of files of each release that has one. */
  readonly lists: Readonly<Record<string, string>>;
}

export interface UnitFacts {
  /** `shop.service` */
  readonly name: string;
  /** `loaded`, `not-found`, `masked` …; empty when systemd did not answer. */
  readonly load: string;
  readonly environmentFiles: readonly string[];
  /** The programs that it starts. */
  readonly programs: readonly string[];
  /** What sudo does not allow without a password: `restart` … */
  readonly denied: readonly string[];
  /** The SSH user, when its services end with its last session. */
  readonly noLinger: string | null;
  /** Its processes run as a user who is neither root nor the SSH user. */
  readonly apart: boolean;
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
  const engine = readEngine(all('engine'));
  const images = all('image');
  const releases = all('release').flatMap(readRelease);
  return {
    ...readSite(
      all,
      releases.map(({ id }) => id),
    ),
    releases: releases
      // Without its image a container's release is not there.
      .filter(({ id }) => engine === null || images.includes(id)),
    token: /^\d{1,15}$/.test(one('token')) ? Number(one('token')) : 0,
    freeKb: /^\d+$/.test(one('free')) ? Number(one('free')) : 0,
    running: one('running') === 'yes',
    lacks: all('lacks'),
    readonly: all('readonly')[0] ?? null,
    noexec: all('noexec')[0] ?? null,
    unshared: all('unshared'),
    once: all('once').filter(isReleaseId),
    unit: readUnit(all('unit')),
    engine,
    noted: readNoted(all('noted')),
    served: all('served').flatMap((line) => readServed(line) ?? []),
    lists: Object.fromEntries(
      all('files')
        .map((line) => line.split(' '))
        .filter(([id = '', sum = '']) => isReleaseId(id) && /^[0-9a-f]{64}$/.test(sum)),
    ),
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
    programs: all('ExecStart').flatMap((line) => /^\{ path=(\S+) ;/.exec(line)?.[1] ?? []),
    denied: all('Denied'),
    noLinger: all('NoLinger')[0] ?? null,
    apart: all('Apart').length > 0,
  };
}

/** Whether the `once` hook of a release has run: its mark tells, or that the release has been healthy here, with all that it needs. */
export const hasRunOnce = (facts: InstanceFacts, release: string): boolean =>
  facts.once.includes(release) ||
  isForeign(facts, release) ||
  facts.releases.some(({ id, healthyAt }) => id === release && healthyAt !== null);

/** Whether it runs that release, and the release once passed its gate here. */
export const runsProven = (facts: InstanceFacts | undefined, release: string): boolean =>
  facts !== undefined && facts.current === release && facts.running && holdsProven(facts, release);
