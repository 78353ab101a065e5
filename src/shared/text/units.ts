/** Durations, sizes and percentages as people write them. */

const durationUnits: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const sizeUnits: Readonly<Record<string, number>> = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };

/** Milliseconds of `500ms`, `30s`, `5m`, `1h30m`; null when it is no duration. */
export function parseDuration(text: string): number | null {
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return null;
  let total = 0;
  for (const [, count, , unit] of text.matchAll(/(\d+(\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(count) * (durationUnits[unit ?? ''] ?? Number.NaN);
  }
  return Math.round(total);
}

/** Bytes of `64MB`, `512KB`, `100B`; null when it is no size. A kilobyte is 1024 bytes. */
export function parseSize(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)(B|KB|MB|GB)$/.exec(text);
  return match ? Math.round(Number(match[1]) * (sizeUnits[match[2] ?? ''] ?? Number.NaN)) : null;
}

/** The number of `33%` or `0.5%`, 0 to `most`; null when it is no percentage. */
export function parsePercent(text: string, most = 100): number | null {
  const match = /^(\d+(?:\.\d+)?)%$/.exec(text);
  const value = match ? Number(match[1]) : Number.NaN;
  return value >= 0 && value <= most ? value : null;
}

/** A duration for people: `850 ms`, `12.3 s`, `3 min 5 s`. */
export function showDuration(ms: number): string {
  if (Math.round(ms) < 1000) return `${Math.round(ms)} ms`;
  // Rounded it is a minute.
  if (ms < 59_950) return `${(ms / 1000).toFixed(1).replace(/\.0$/, '')} s`;
  const seconds = Math.round(ms / 1000);
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** A size for people: `812 B`, `1.4 MB`. */
export function showSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['KB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 'B';
  for (const next of units) {
    if (value < 1024) break;
    value /= 1024;
    unit = next;
  }
  return `${value.toFixed(1)} ${unit}`;
}

/** A count for people: `1,204`. By hand: the first `toLocaleString` of a program costs a fifth of its start. */
export const showCount = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',');
