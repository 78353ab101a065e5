/** What the Docker Engine of a server says to a deploy before it touches anything. Pure. */
import type { Instance } from '../../../config/types.ts';
import { problem, type Problem } from '../../../errors.ts';
import { showSize } from '../../../shared/text/units.ts';

export interface EngineFacts {
  /** Null: it answers. */
  readonly state: null | 'missing' | 'denied' | 'away';
  /** What docker said. */
  readonly detail: string;
  /** Where it keeps its images; null when that is not told. */
  readonly root: string | null;
  readonly freeKb: number;
  /** A container with the instance's name that belongs to somebody else. */
  readonly foreign: { readonly name: string; readonly owner: string } | null;
}

/** From lines of KEY=VALUE; null when there are none. */
export function readEngine(lines: readonly string[]): EngineFacts | null {
  if (lines.length === 0) return null;
  const one = (key: string): string | null =>
    lines.find((line) => line.startsWith(`${key}=`))?.slice(key.length + 1) ?? null;
  const free = one('Free') ?? '';
  const isTold = /^\d+$/.test(free);
  const state = (['missing', 'denied', 'away'] as const).find((key) => one(words[key]) !== null) ?? null;
  const container = one('Container');
  return {
    state,
    detail: one('Denied') ?? one('Away') ?? '',
    root: isTold ? one('Root') : null,
    foreign: container === null ? null : { name: container, owner: one('Owner') ?? '' },
    freeKb: isTold ? Number(free) : 0,
  };
}

const words = { missing: 'Missing', denied: 'Denied', away: 'Away' } as const;

const unusable: Readonly<
  Record<NonNullable<EngineFacts['state']>, (host: string, detail: string) => Problem>
> = {
  missing: (host) => problem('docker-missing', { host }),
  denied: (host, detail) => problem('docker-denied', { host, detail }),
  away: (host, detail) => problem('docker-away', { host, detail }),
};

interface Of {
  readonly engine: EngineFacts | null;
  readonly releases: readonly { readonly id: string }[];
}

/** `size`: what the archive unpacks to, the least that an image of it takes; null when nothing is sent. */
export function engineObjections(
  instances: readonly Instance[],
  facts: Readonly<Record<string, Of>>,
  { release, size }: { readonly release: string; readonly size: { readonly unpacked: number } | null },
): Problem[] {
  return instances.flatMap(({ name: host, docker }) => {
    const own = facts[host];
    if (docker === null || !own?.engine) return [];
    const { state, detail, root, freeKb, foreign } = own.engine;
    if (state !== null) return [unusable[state](host, detail)];
    if (foreign) return [problem('docker-foreign', { host, ...foreign })];
    const needed = size === null || own.releases.some(({ id }) => id === release) ? 0 : size.unpacked * 1.1;
    if (root === null || freeKb * 1024 >= needed) return [];
    const free = showSize(freeKb * 1024);
    return [problem('docker-space', { host, folder: root, free, needed: showSize(needed) })];
  });
}
