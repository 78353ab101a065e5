/** What is said of a release of which nothing shows that it is the one which answers. Pure. */
import type { Performed, ProofFinding } from '../model/actions.ts';

export const notProven = (release: string, why: string): string =>
  `not proven that ${release} answers: ${why}; health.release would tell`;

/** Instances of which nothing shows it, and why: of those that were left alone, and by the last gate of those that were changed. */
export function unproven(
  healthy: ReadonlyMap<string, ProofFinding>,
  performed: readonly Performed[],
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [instance, { unproven: why }] of healthy) if (why !== undefined) found.set(instance, why);
  for (const { kind, instance, result, unproven: why } of performed) {
    if (kind !== 'gate' && kind !== 'regate') continue;
    if (result === 'ok' && why !== undefined) found.set(instance, why);
    else found.delete(instance);
  }
  return found;
}

/** The last line of a deploy; null when all is proven. Those with the same reason stand together. */
export function notProvenLine(found: ReadonlyMap<string, string>): string | null {
  if (found.size === 0) return null;
  const reasons = new Map<string, string[]>();
  for (const [name, why] of found) reasons.set(why, [...(reasons.get(why) ?? []), name]);
  const told = [...reasons].map(([why, names]) => `${names.join(', ')} (${why})`);
  return `not proven that it is this release which answers on ${told.join('; ')}`;
}
