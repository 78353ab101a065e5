/**
 * The metrics of several workers as one page. It reads what each has written, so that workers of two versions (during a
 * reload) need not agree upon anything else. Pure.
 */

interface Family {
  readonly head: string[];
  type: string;
  readonly samples: Map<string, number>;
}

/** How two values of a gauge are one: what counts is summed, of the rest the worse is told. Of others the first page's. */
const together: Readonly<Record<string, (a: number, b: number) => number>> = {
  canopy_router_in_flight: (a, b) => a + b,
  canopy_router_long_lived: (a, b) => a + b,
  canopy_router_up: Math.min,
  canopy_router_store_up: Math.min,
  canopy_router_circuit_open: Math.max,
  canopy_router_drained: Math.max,
};

/**
 * Counters, summaries and histograms are summed. `past` are pages of workers that have ended: what they have counted goes
 * on to count, what they measured does not.
 */
export function mergedMetrics(live: readonly string[], past: readonly string[]): string {
  const all = new Map<string, Family>();
  for (const page of live) for (const one of familiesOf(page)) take(all, one, true);
  for (const page of past) for (const one of familiesOf(page)) take(all, one, false);
  return [...all.values()].map(textOf).join('');
}

/** The page with another observed share: each worker tells that of its own requests. */
export const withObserved = (page: string, observed: Readonly<Record<string, unknown>>): string =>
  page.replace(
    /^(canopy_router_observed_(share|low|high)_percent\{.*\}) .*$/gm,
    (line, name: string, which: string) =>
      typeof observed[which] === 'number' ? `${name} ${observed[which]}` : line,
  );

/** What is kept of workers that have ended, with one more: only what counts on. */
export const keptMetrics = (kept: string | null, last: string): string =>
  mergedMetrics([], kept === null ? [last] : [kept, last]);

function take(all: Map<string, Family>, [name, family]: readonly [string, Family], live: boolean): void {
  const adds = family.type !== 'gauge' && family.type !== 'untyped';
  if (!live && !adds) return;
  const before = all.get(name);
  if (before === undefined) {
    all.set(name, family);
    return;
  }
  for (const [key, value] of family.samples) {
    const other = before.samples.get(key);
    if (other === undefined) before.samples.set(key, value);
    else if (adds) before.samples.set(key, other + value);
    else if (Object.hasOwn(together, name)) before.samples.set(key, together[name]?.(other, value) ?? other);
  }
}

function familiesOf(page: string): Map<string, Family> {
  const families = new Map<string, Family>();
  let name = '';
  for (const line of page.split('\n')) {
    const comment = /^# (?:HELP|TYPE) (\S+) (.*)$/.exec(line);
    if (comment) {
      name = comment[1] ?? '';
      const family = families.get(name) ?? { head: [], type: 'untyped', samples: new Map<string, number>() };
      families.set(name, family);
      family.head.push(line);
      if (line.startsWith('# TYPE')) family.type = comment[2] ?? 'untyped';
      continue;
    }
    // A value never has a blank in it, a label may.
    const at = line.lastIndexOf(' ');
    if (at > 0 && !line.startsWith('#'))
      families.get(name)?.samples.set(line.slice(0, at), Number(line.slice(at + 1)));
  }
  return families;
}

const textOf = ({ head, samples }: Family): string =>
  [...head, ...[...samples].map(([key, value]) => `${key} ${value}`), ''].join('\n');
