/** How far a counted share may be from the one that was aimed at, by chance. Pure. */

/** Of the normal distribution: 95 % lie within. */
const Z = 1.959_963_984_540_054;

/** The Wilson interval of a share, 95 %: percent with two decimals. Of no requests it is everything. */
export function wilson(hits: number, all: number): { readonly low: number; readonly high: number } {
  if (all === 0) return { low: 0, high: 100 };
  const share = hits / all;
  const square = (Z * Z) / all;
  const middle = (share + square / 2) / (1 + square);
  const reach = (Z / (1 + square)) * Math.sqrt((share * (1 - share)) / all + square / (4 * all));
  return {
    low: hits === 0 ? 0 : Math.max(0, percent(middle - reach)),
    high: hits === all ? 100 : Math.min(100, percent(middle + reach)),
  };
}

const percent = (share: number): number => Math.round(share * 10_000) / 100;
