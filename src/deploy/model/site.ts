/** What stands at the path of an environment, as its server tells it; what Canopy did not put there gets a name. Pure. */
import { createHash } from 'node:crypto';
import { isReleaseId } from '../../artifact/id.ts';
import type { Instance } from '../../config/types.ts';

/** What Canopy did not deploy, and can go back to: what serves now, and what it has replaced. */
interface Foreign {
  /** It stands for it in plans and journals; its server alone knows where it lies. */
  readonly id: string;
  /** The link to it, as it is written there. */
  readonly link: string;
}

export interface SiteFacts {
  /** By its name; null: there is no `current`, or it leads nowhere. */
  readonly current: string | null;
  readonly foreign: readonly Foreign[];
  /** Names below releases/ of what is no release of ours. */
  readonly others: readonly string[];
  /** What stands in the place of something else. */
  readonly odd: readonly Odd[];
  /** Of `current`; empty: there is none. */
  readonly link: string;
}

export interface Odd {
  /** `folder`, `file`, `dangling`, `link`, `other`; `serving`: the service runs though there is none. */
  readonly what: string;
  /** `releases`, `current` …; empty: the path itself. */
  readonly name: string;
}

/** `own`: releases that Canopy has put there. */
export function readSite(all: (word: string) => readonly string[], own: readonly string[]): SiteFacts {
  const link = all('current')[0] ?? '';
  const odd = all('odd').map((line) => {
    const [what = '', name = ''] = line.split(' ');
    return { what, name };
  });
  const kept = all('kept').flatMap((line) => {
    const at = line.indexOf(' ');
    const id = line.slice(0, Math.max(0, at));
    return isReleaseId(id) && !own.includes(id) ? [{ id, link: line.slice(at + 1) }] : [];
  });
  const rest = { link, others: all('other').filter(isReleaseId), odd };
  const place = all('place')[0];
  if (place === undefined) {
    const id = /^releases\/([^/]+)$/.exec(link)?.[1];
    return { ...rest, current: id !== undefined && isReleaseId(id) ? id : null, foreign: kept };
  }
  const below = /^releases\/([^/]+)$/.exec(place)?.[1];
  if (below !== undefined && own.includes(below)) return { ...rest, current: below, foreign: kept };
  const known = kept.find((one) => one.link === link);
  if (known) return { ...rest, current: known.id, foreign: kept };
  const id = nameOf(place, link, [...own, ...kept.map((one) => one.id)]);
  return { ...rest, current: id, foreign: [...kept, { id, link }] };
}

/** The last part of where it lies, as far as that can be a name; with a hash of the link where it cannot, or names another. */
function nameOf(place: string, link: string, taken: readonly string[]): string {
  const last = place.split('/').at(-1) ?? '';
  if (isReleaseId(last) && !taken.includes(last)) return last;
  const plain = last
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 60)
    .replace(/[^A-Za-z0-9]+$/, '');
  return `${plain || 'site'}-${createHash('sha256').update(link).digest('hex').slice(0, 6)}`;
}

/** The release as builders of commands know it: they have to tell what Canopy did not deploy from what it did. */
export const filesOf = (
  facts: Pick<HeldReleases, 'foreign'> | undefined,
  path: string,
  id: string,
): { readonly path: string; readonly id: string; readonly foreign?: true } => ({
  path,
  id,
  ...(facts && isForeign(facts, id) ? { foreign: true } : {}),
});

/** The instance as it can be judged with that release: what Canopy did not deploy does not tell its name. */
export const asItIs = (
  instance: Instance,
  facts: Pick<HeldReleases, 'foreign'> | undefined,
  id: string,
): Instance =>
  facts && isForeign(facts, id) ? { ...instance, health: { ...instance.health, release: null } } : instance;

interface HeldReleases {
  readonly releases: readonly { readonly id: string; readonly healthyAt: number | null }[];
  readonly foreign: readonly Foreign[];
  /** Null: no container. */
  readonly engine: unknown;
}

/** Whether it is something that Canopy did not deploy. */
export const isForeign = ({ foreign }: Pick<HeldReleases, 'foreign'>, id: string | null): boolean =>
  foreign.some((one) => one.id === id);

/** Whether it can be switched to: no container can be made of what Canopy did not deploy. */
export const holds = ({ releases, foreign, engine }: HeldReleases, id: string): boolean =>
  releases.some((one) => one.id === id) || (engine === null && isForeign({ foreign }, id));

/** The same, and that it once passed its gate; what served before Canopy came needs no proof. */
export const holdsProven = ({ releases, foreign, engine }: HeldReleases, id: string): boolean =>
  releases.some((one) => one.id === id && one.healthyAt !== null) ||
  (engine === null && isForeign({ foreign }, id));
