/** `; did you mean X?` for the nearest known word, or nothing when none is near. `sign` stands before a known word. */
export function suggest(word: string, known: readonly string[], sign = ''): string {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    // As many letters at least have to be put in or taken out.
    if (Math.abs(word.length - candidate.length) >= least) continue;
    const far = distance(word.toLowerCase(), candidate.toLowerCase());
    // Of two letters that are both changed nothing is left.
    if (far < least && far < word.length) {
      least = far;
      best = candidate;
    }
  }
  return best === undefined ? '' : `; did you mean ${sign}${best}?`;
}

/** How many letters have to be put in, taken out or changed (Levenshtein). By hand: every step loads it at its start. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let at = 1; at <= one.length; at += 1) {
    const next = [at];
    for (let to = 1; to <= other.length; to += 1)
      next.push(
        Math.min(
          (next[to - 1] ?? 0) + 1,
          (row[to] ?? 0) + 1,
          (row[to - 1] ?? 0) + (one[at - 1] === other[to - 1] ? 0 : 1),
        ),
      );
    row = next;
  }
  return row[other.length] ?? 0;
}
