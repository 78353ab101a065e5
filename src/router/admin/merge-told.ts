/** GET /state and /weight of several workers as one answer. It reads what each tells, whatever its version. Pure. */
import { wilson } from './confidence.ts';
import { observedShare } from './metrics.ts';

type Told = Readonly<Record<string, unknown>>;

/** Each worker counts these for itself: their sum is the whole. */
const summed = new Set(['inFlight', 'longLived', 'perSecond', 'answers', 'failed', 'forced']);
/** How well something is, the worst last. */
const healths = ['healthy', 'unknown', 'unhealthy'];

/** The first tells; what the others have counted is added. `workers`: in what they may differ. */
export function mergedTold(all: readonly Told[]): Told {
  const [first, ...others] = all;
  if (first === undefined) return {};
  const told: Record<string, unknown> = { ...first };
  if (isRecord(first['observed']))
    told['observed'] = observed(first['observed'], others.map((one) => one['observed']).filter(isRecord));
  if (isRecord(first['arms']))
    told['arms'] = arms(first['arms'], others.map((one) => one['arms']).filter(isRecord));
  if (Array.isArray(first['leaving'])) told['leaving'] = all.flatMap((one) => listOf(one['leaving']));
  if ('id' in first)
    told['workers'] = all.map(({ id, epoch, version, effective, storeUp }) => ({
      ...{ id, epoch, version, effective, storeUp },
    }));
  return told;
}

function observed(first: Told, others: readonly Told[]): Told {
  const sum = (key: string): number => [first, ...others].reduce((total, one) => total + count(one[key]), 0);
  const counts = { stable: sum('stable'), canary: sum('canary') };
  return {
    ...first,
    ...counts,
    forced: sum('forced'),
    requests: sum('requests'),
    share: observedShare(counts),
    ...wilson(counts.canary, counts.stable + counts.canary),
  };
}

function arms(first: Told, others: readonly Told[]): Told {
  return Object.fromEntries(
    Object.entries(first).map(([arm, members]) => [
      arm,
      listOf(members).map((member) =>
        others.reduce((sum, other) => {
          const same = listOf(other[arm]).find(({ name }) => name === member['name']);
          return same === undefined ? sum : added(sum, same);
        }, member),
      ),
    ]),
  );
}

function added(sum: Told, other: Told): Told {
  const out: Record<string, unknown> = { ...sum };
  for (const [key, value] of Object.entries(sum)) {
    if (summed.has(key)) out[key] = Math.round((count(value) + count(other[key])) * 100) / 100;
    else if (key === 'health') out[key] = worse(value, other[key]);
    else if (key === 'circuit') out[key] = value === 'open' ? value : (other[key] ?? value);
    else if (key === 'drained') out[key] = value === true || other[key] === true;
  }
  return out;
}

const worse = (a: unknown, b: unknown): unknown =>
  healths.indexOf(String(b)) > healths.indexOf(String(a)) ? b : a;

const isRecord = (value: unknown): value is Told =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const listOf = (value: unknown): Told[] => (Array.isArray(value) ? value.filter(isRecord) : []);

const count = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);
