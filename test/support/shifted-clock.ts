/** For a program whose clock is wrong: what `NODE_OPTIONS` loads before it. */
export function shiftedClock(hours: number): Readonly<Record<string, string>> {
  const code = `const real = Date.now.bind(Date);
const now = () => real() + ${hours} * 3_600_000;
globalThis.Date = class extends Date {
  constructor(...given) { if (given.length === 0) super(now()); else super(...given); }
  static now() { return now(); }
};`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
}
