/** What a router's admin port says of the split, read like a stranger's input. Pure. */
import { isObject, jsonIn } from '../record/record.ts';
import { isCount } from '../shared/count.ts';
import type { ObservedSplit } from './snapshot.ts';

/** Null when something else listens there, or nothing was counted yet: no figure is better than a wrong one. */
export function parseObserved(text: string): ObservedSplit | null {
  const found = observedIn(text);
  const { requests, share, low, high } = found;
  // An older router does not tell them.
  const forced = isCount(found['forced']) ? found['forced'] : 0;
  if (!isCount(requests) || requests + forced === 0 || !isPercent(share)) return null;
  return { requests, share, bound: isPercent(low) && isPercent(high) ? { low, high } : null, forced };
}

/** Nothing in it when it is no answer of a router. */
function observedIn(text: string): Readonly<Record<string, unknown>> {
  const json = jsonIn(text, 100_000);
  const observed = json.ok && isObject(json.value) ? json.value['observed'] : null;
  return isObject(observed) ? observed : {};
}

const isPercent = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= 100;
