/** Istanbul coverage: shards merged, totals by its own rules. Pure. */
import istanbul from 'istanbul-lib-coverage';
import { isObject, mergeFiles, coveredFile, type CoveredFile } from './coverage-file.ts';

export const metrics = ['lines', 'branches', 'functions', 'statements'] as const;
export type CoverageMetric = (typeof metrics)[number];

export interface CoverageCount {
  readonly covered: number;
  readonly total: number;
  /** Percent, rounded down to two decimals as istanbul does; of nothing it is 100. */
  readonly percent: number;
}

export interface CoverageReport {
  readonly files: number;
  readonly shares: Readonly<Record<CoverageMetric, CoverageCount>>;
}

interface CoverageMerger {
  /** Takes a shard; returns why it is none, or null. One shard and the sum are all that is held. */
  add(text: string): string | null;
  report(): CoverageReport;
}

export function mergeCoverage(): CoverageMerger {
  const files = new Map<string, CoveredFile>();
  return {
    add: (text) => {
      const shard = parse(text);
      if (typeof shard === 'string') return shard;
      for (const [path, data] of shard) {
        const known = files.get(path);
        try {
          files.set(path, known === undefined ? data : mergeFiles(known, data));
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

function parse(text: string): readonly (readonly [string, CoveredFile])[] | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return (error as Error).message;
  }
  if (!isObject(value)) return 'it is no JSON object';
  const entries: [string, CoveredFile][] = [];
  for (const [path, entry] of Object.entries(value)) {
    // nyc wraps some of its files.
    const file = coveredFile(path, isObject(entry) && isObject(entry['data']) ? entry['data'] : entry);
    if ('reason' in file) return `the entry of ${path.slice(0, 200)} is not istanbul's: ${file.reason}`;
    entries.push([path, file]);
  }
  return entries;
}

function total(files: Iterable<CoveredFile>): CoverageReport {
  const summary = istanbul.createCoverageSummary();
  let count = 0;
  for (const data of files) {
    summary.merge(istanbul.createFileCoverage(data).toSummary());
    count += 1;
  }
  const share = (metric: CoverageMetric): CoverageCount => {
    const { covered, total: all } = summary.data[metric];
    return { covered, total: all, percent: percent(covered, all) };
  };
  const shares = Object.fromEntries(metrics.map((metric) => [metric, share(metric)]));
  return { files: count, shares: shares as Record<CoverageMetric, CoverageCount> };
}
