import { distance } from 'fastest-levenshtein';

/** `; did you mean X?` for the nearest known word, or nothing when none is near. `sign` stands before a known word. */
export function suggest(word: string, known: readonly string[], sign = ''): string {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const far = distance(word.toLowerCase(), candidate.toLowerCase());
    // Of two letters that are both changed nothing is left.
    if (far < least && far < word.length) {
      least = far;
      best = candidate;
    }
  }
  return best === undefined ? '' : `; did you mean ${sign}${best}?`;
}
