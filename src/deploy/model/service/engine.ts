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
  const [missing, denied, away] = [one('Missing'), one('Denied'), one('Away')];
  const container = one('Container');
  return {
    state: missing !== null ? 'missing' : denied !== null ? 'denied' : away !== null ? 'away' : null,
    detail: denied ?? away ?? '',
    root: /^\d+$/.test(free) ? one('Root') : null,
    foreign: container === null ? null : { name: container, owner: one('Owner') ?? '' },
    freeKb: /^\d+$/.test(free) ? Number(free) : 0,
  };
}

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
    if (state === 'missing') return [problem('docker-missing', { host })];
    if (state === 'denied') return [problem('docker-denied', { host, detail })];
    if (state === 'away') return [problem('docker-away', { host, detail })];
    if (foreign) return [problem('docker-foreign', { host, ...foreign })];
    const needed = size === null || own.releases.some(({ id }) => id === release) ? 0 : size.unpacked * 1.1;
    if (root === null || freeKb * 1024 >= needed) return [];
    const free = showSize(freeKb * 1024);
    return [problem('docker-space', { host, folder: root, free, needed: showSize(needed) })];
  });
}
