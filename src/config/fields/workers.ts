/** How many processes a router has. Pure. */
export type Workers = number | 'auto';

export const MOST_WORKERS = 64;

/** `2`, `auto`: as in canopy.yml; null when it is neither. */
export function workersOf(text: string): Workers | null {
  if (text === 'auto') return text;
  const count = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  return count >= 1 && count <= MOST_WORKERS ? count : null;
}
