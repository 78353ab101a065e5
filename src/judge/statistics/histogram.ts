/**
 * Response times in bins of at most 1.6 % (exact microseconds below 64): each power of two is cut into 64 bins. Every
 * histogram has the same bins, so they can be added, subtracted and compared. Why no library: docs/decisions/0012.
 */

/** Bins that have counted something, without the empty ones around them: a plain value. */
export interface Histogram {
  /** Number of the first bin in `counts`. */
  readonly first: number;
  readonly counts: readonly number[];
}

/** What is written on the way of a request: counts of all bins. */
export type Bins = Float64Array;

const HALF_BITS = 6;
const HALF = 1 << HALF_BITS;
/** 134 s in microseconds; what is slower counts in the last bin. */
const SLOWEST = 2 ** 27 - 1;
/** Number of the last bin. */
export const LAST = binOf(SLOWEST / 1000);

export const newBins = (): Bins => new Float64Array(LAST + 1);

/** Counts one response time in milliseconds; costs some nanoseconds and allocates nothing. */
export function record(bins: Bins, ms: number): void {
  const bin = binOf(ms);
  bins[bin] = (bins[bin] ?? 0) + 1;
}

/** The bin of a time in milliseconds; less than nothing is nothing. */
export function binOf(ms: number): number {
  const us = Math.max(0, Math.min(ms * 1000, SLOWEST)) | 0;
  const shift = Math.max(0, 31 - HALF_BITS - Math.clz32(us));
  return (shift << HALF_BITS) + (us >>> shift);
}

/** Where a bin ends, in milliseconds: every time in it is shorter. */
export const endOf = (bin: number): number => endInUs(bin) / 1000;

function endInUs(bin: number): number {
  if (bin < 2 * HALF) return bin + 1;
  const shift = (bin >>> HALF_BITS) - 1;
  return ((bin & (HALF - 1)) + HALF + 1) * 2 ** shift;
}

/** The first bin that ends at `factor` times the end of `bin`, or beyond. */
export function binAt(bin: number, factor: number): number {
  const end = Math.ceil(endInUs(bin) * factor);
  return Math.max(bin, binOf((end - 1) / 1000 + 1e-6));
}

export const noTimes: Histogram = { first: 0, counts: [] };

/** The value of what was recorded so far. */
export const histogramOf = (bins: Bins): Histogram => trimmed(0, [...bins]);

export const added = (a: Histogram, b: Histogram): Histogram => combined(a, b, 1);

/** What came after `earlier`, in which no bin is larger. */
export const since = (earlier: Histogram, later: Histogram): Histogram => combined(later, earlier, -1);

/** Whether no bin has gone down since. */
export function grew(earlier: Histogram, later: Histogram): boolean {
  const shift = earlier.first - later.first;
  for (let at = 0; at < earlier.counts.length; at += 1) {
    const place = at + shift;
    const now = place >= 0 && place < later.counts.length ? (later.counts[place] ?? 0) : 0;
    if (now < (earlier.counts[at] ?? 0)) return false;
  }
  return true;
}

export const total = ({ counts }: Histogram): number => sumFrom(counts, 0);

/** How many are in bins above this one. */
export const slower = ({ first, counts }: Histogram, bin: number): number =>
  sumFrom(counts, Math.max(0, bin + 1 - first));

/** The bin in which a share of all is reached; `beyond` more are slower than anything. */
export function quantileBin({ first, counts }: Histogram, beyond: number, share: number): number {
  const wanted = share * (sumFrom(counts, 0) + beyond);
  let sum = 0;
  for (const [at, count] of counts.entries()) {
    sum += count;
    if (sum >= wanted && sum > 0) return first + at;
  }
  return LAST;
}

// Plain loops: some hundred bins, for both arms, at every look.
function combined(a: Histogram, b: Histogram, sign: 1 | -1): Histogram {
  if (b.counts.length === 0) return a;
  const first = a.counts.length === 0 ? b.first : Math.min(a.first, b.first);
  const end = Math.max(a.first + a.counts.length, b.first + b.counts.length);
  const sums = new Float64Array(end - first);
  sums.set(a.counts, a.counts.length === 0 ? 0 : a.first - first);
  const shift = b.first - first;
  for (let at = 0; at < b.counts.length; at += 1)
    sums[shift + at] = (sums[shift + at] ?? 0) + sign * (b.counts[at] ?? 0);
  return trimmed(first, Array.from(sums));
}

function sumFrom(counts: readonly number[], from: number): number {
  let sum = 0;
  for (let at = from; at < counts.length; at += 1) sum += counts[at] ?? 0;
  return sum;
}

function trimmed(first: number, counts: number[]): Histogram {
  let from = 0;
  let to = counts.length;
  while (from < to && counts[from] === 0) from += 1;
  while (to > from && counts[to - 1] === 0) to -= 1;
  if (from === to) return noTimes;
  return from === 0 && to === counts.length
    ? { first, counts }
    : { first: first + from, counts: counts.slice(from, to) };
}
