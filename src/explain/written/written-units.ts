/** Milliseconds in the largest unit that is exact: `10m`, `90s`, `500ms`. */
export function writeDuration(ms: number): string {
  const units = [['h', 3_600_000] as const, ['m', 60_000] as const, ['s', 1000] as const];
  const unit = units.find(([, size]) => ms % size === 0 && (ms > 0 || size === 1000));
  return unit === undefined ? `${ms}ms` : `${ms / unit[1]}${unit[0]}`;
}

/** Bytes in the largest unit that is exact: `1GB`, `16KB`, `100B`. */
export function writeSize(bytes: number): string {
  const units = [['GB', 1024 ** 3] as const, ['MB', 1024 ** 2] as const, ['KB', 1024] as const];
  const unit = units.find(([, size]) => bytes > 0 && bytes % size === 0);
  return unit === undefined ? `${bytes}B` : `${bytes / unit[1]}${unit[0]}`;
}
