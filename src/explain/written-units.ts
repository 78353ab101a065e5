/** Milliseconds in the largest unit that is exact: `10m`, `90s`, `500ms`. */
export function writeDuration(ms: number): string {
  const units = [['h', 3_600_000] as const, ['m', 60_000] as const, ['s', 1000] as const];
  const unit = units.find(([, size]) => ms % size === 0 && (ms > 0 || size === 1000));
  return unit === undefined ? `${ms}ms` : `${ms / unit[1]}${unit[0]}`;
}
