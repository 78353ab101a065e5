import { distance } from 'fastest-levenshtein';

/** `; did you mean X?` for the nearest known word, or nothing when none is near. */
export function suggest(word: string, known: readonly string[]): string {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const far = distance(word.toLowerCase(), candidate.toLowerCase());
    if (far < least) {
      least = far;
      best = candidate;
    }
  }
  return best === undefined ? '' : `; did you mean ${best}?`;
}
