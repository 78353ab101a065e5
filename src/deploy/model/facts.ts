/** What an instance said of itself, read from the facts script's lines. Nothing in it is trusted further than its form. */
import { isReleaseId } from '../../artifact/id.ts';
import type { Instance } from '../../config/types.ts';
import { isOther, serviceIn, type KeptService } from './kept-service.ts';
import { readEngine, type EngineFacts } from './service/engine.ts';
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
  /** The mount on which they lie, when it is mounted read-only: no right helps against that. */
  readonly fixed: string | null;
  /** Files below shared/ that canopy.yml names and the server does not have. */
  readonly unshared: readonly string[];
  /** The application whose release is current; null: none of ours. */
  readonly app: string | null;
  /** Releases that were brought when canopy.yml named other files and folders below shared/. */
  readonly otherLinks: readonly string[];
  /** Releases whose `once` hook has run here. */
  readonly once: readonly string[];
  /** What systemd knows of the service; null when it was not asked. */
  readonly unit: UnitFacts | null;
  /** The Docker Engine; null for an instance that is no container. */
  readonly engine: EngineFacts | null;
  /** What the server has noted of the last deploy; null: nothing, or it was not asked. */
  readonly noted: Noted | null;
  /** By what each release was started, where its record tells. */
  readonly services: Readonly<Record<string, KeptService>>;
  /** What is current was started by another unit than canopy.yml names, or by no unit; what systemd knows of that one. */
  readonly elsewhere: { readonly service: KeptService; readonly unit: UnitFacts | null } | null;
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
    fixed: all('fixed')[0] ?? null,
    unshared: all('unshared'),
    app: /^[a-z][a-z0-9-]{0,30}$/.exec(one('app'))?.[0] ?? null,
    otherLinks: all('otherlinks').filter(isReleaseId),
    once: all('once').filter(isReleaseId),
    unit: readUnit(all('unit')),
    engine,
    noted: readNoted(all('noted')),
    services: Object.fromEntries(
      all('record').flatMap((line) => {
        const at = line.indexOf(' ');
        const kept = serviceIn(line.slice(at + 1));
        return kept !== null && isReleaseId(line.slice(0, at)) ? [[line.slice(0, at), kept]] : [];
      }),
    ),
    elsewhere: null,
    served: all('served').flatMap((line) => readServed(line) ?? []),
    lists: Object.fromEntries(
      all('files')
        .map((line) => line.split(' '))
        .filter(([id = '', sum = '']) => isReleaseId(id) && /^[0-9a-f]{64}$/.test(sum)),
    ),
  };
}

/**
 * Facts of a server where what is current was started by something else than canopy.yml says: `there` is what that one says. Where the unit
 * of canopy.yml runs and the other does not, somebody has moved it by hand; where systemd does not know the other any more nothing can be
 * started by it: then what is current is started as canopy.yml says.
 */
export function byWhatItWasStarted(
  instance: Instance,
  facts: InstanceFacts,
  there: InstanceFacts,
): InstanceFacts {
  const kept = facts.current === null ? undefined : facts.services[facts.current];
  if (kept === undefined || !isOther(instance, kept)) return { ...facts, running: there.running };
  const { [facts.current ?? '']: _gone, ...others } = facts.services;
  if (facts.running && !there.running) return { ...facts, services: others };
  const isGone = there.unit !== null && there.unit.load !== 'loaded';
  return {
    ...facts,
    services: isGone ? others : facts.services,
    running: there.running,
    elsewhere: { service: kept, unit: there.unit },
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

/**
 * Whether it is there and yet has to be sent anew: it was brought with other links to shared/ than canopy.yml names now, and has never
 * passed its gate. One that has passed it may hold what the application has written, and stays as it was deployed.
 */
export const isBroughtOtherwise = (facts: InstanceFacts, release: string): boolean =>
  facts.otherLinks.includes(release) &&
  !(facts.current === release && facts.running) &&
  facts.releases.some(({ id, healthyAt }) => id === release && healthyAt === null);
