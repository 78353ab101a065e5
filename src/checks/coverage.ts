/** Istanbul coverage: shards merged, totals by its own rules. Pure. */
import istanbul, { type FileCoverageData } from 'istanbul-lib-coverage';

export const metrics = ['lines', 'branches', 'functions', 'statements'] as const;
export type Metric = (typeof metrics)[number];

export interface Share {
  readonly covered: number;
  readonly total: number;
  /** Percent, rounded down to two decimals as istanbul does; of nothing it is 100. */
  readonly percent: number;
}

export interface CoverageReport {
  readonly files: number;
  readonly shares: Readonly<Record<Metric, Share>>;
}

export interface CoverageMerger {
  /** Takes a shard; returns why it is none, or null. One shard and the sum are all that is held. */
  add(text: string): string | null;
  report(): CoverageReport;
}

export function mergeCoverage(): CoverageMerger {
  const files = new Map<string, Hashed>();
  return {
    add: (text) => {
      const shard = parse(text);
      if (typeof shard === 'string') return shard;
      for (const [path, data] of shard) {
        const known = files.get(path);
        try {
          files.set(path, known === undefined ? data : merge(known, data));
        } catch (error) {
          return `the entry of ${path.slice(0, 200)} cannot be merged: ${(error as Error).message}`;
        }
      }
      return null;
    },
    report: () => total(files.values()),
  };
}

/** Rounded down to two decimals: 79.996 is not 80. */
export const percent = (part: number, whole: number): number =>
  whole > 0 ? Math.floor((1000 * 100 * part) / whole / 10) / 100 : 100;

/** Istanbul signs the maps of a file with a hash. */
type Hashed = FileCoverageData & { readonly hash?: string; readonly bT?: unknown; readonly all?: boolean };

function parse(text: string): readonly (readonly [string, Hashed])[] | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return (error as Error).message;
  }
  if (!isObject(value)) return 'it is no JSON object';
  const entries: [string, Hashed][] = [];
  for (const [path, entry] of Object.entries(value)) {
    // nyc wraps some of its files.
    const data = isObject(entry) && isObject(entry['data']) ? entry['data'] : entry;
    if (!isObject(data) || !parts.every((part) => isObject(data[part]))) {
      return `the entry of ${path.slice(0, 200)} is not istanbul's: it lacks ${parts.join(', ')}`;
    }
    if (!isSound(data as unknown as Hashed)) {
      return `the entry of ${path.slice(0, 200)} is not istanbul's: its maps and counters do not fit`;
    }
    entries.push([path, { path, ...data } as unknown as Hashed]);
  }
  return entries;
}

/** What the totals are made from; a counter that is no number would count as covered. */
function isSound({ statementMap, s, f, b }: Hashed): boolean {
  for (const key in s)
    if (!isCount(s[key]) || typeof statementMap[key]?.start?.line !== 'number') return false;
  for (const key in f) if (!isCount(f[key])) return false;
  for (const key in b) if (!Array.isArray(b[key]) || !b[key].every(isCount)) return false;
  return true;
}

const isCount = (value: unknown): boolean => typeof value === 'number' && value >= 0;

const parts = ['statementMap', 'fnMap', 'branchMap', 's', 'f', 'b'] as const;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Equal hashes are equal maps: their counters are just added, which is some ten times faster than the library. */
function merge(known: Hashed, next: Hashed): Hashed {
  const alike =
    known.hash !== undefined && known.hash === next.hash && !known.all && !next.all && !known.bT && !next.bT;
  if (alike && sameKeys(known, next)) {
    addCounts(known.s, next.s);
    addCounts(known.f, next.f);
    for (const key in next.b) addCounts(known.b[key] ?? [], next.b[key] ?? []);
    return known;
  }
  const sum = istanbul.createFileCoverage(known);
  sum.merge(istanbul.createFileCoverage(next));
  return sum.toJSON() as Hashed;
}

function sameKeys(a: Hashed, b: Hashed): boolean {
  for (const key in b.s) if (a.s[key] === undefined) return false;
  for (const key in b.f) if (a.f[key] === undefined) return false;
  for (const key in b.b) if (a.b[key]?.length !== b.b[key]?.length) return false;
  return true;
}

function addCounts(sum: Record<string, number> | number[], next: Record<string, number> | number[]): void {
  const into = sum as Record<string, number>;
  const from = next as Record<string, number>;
  for (const key in from) {
    const hits = from[key] ?? 0;
    if (hits !== 0) into[key] = (into[key] ?? 0) + hits;
  }
}

function total(files: Iterable<Hashed>): CoverageReport {
  const summary = istanbul.createCoverageSummary();
  let count = 0;
  for (const data of files) {
    summary.merge(istanbul.createFileCoverage(data).toSummary());
    count += 1;
  }
  const share = (metric: Metric): Share => {
    const { covered, total: all } = summary.data[metric];
    return { covered, total: all, percent: percent(covered, all) };
  };
  const shares = Object.fromEntries(metrics.map((metric) => [metric, share(metric)]));
  return { files: count, shares: shares as Record<Metric, Share> };
}
