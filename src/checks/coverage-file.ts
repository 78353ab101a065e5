/** One file of an istanbul report: whether it is sound, and two of them as one. Pure. */
import istanbul, { type FileCoverageData } from 'istanbul-lib-coverage';

/** Istanbul signs the maps of a file with a hash; nyc marks a file that was never loaded with `all`. */
export type CoveredFile = FileCoverageData & { readonly hash?: string; readonly all?: boolean };

type Hits = Record<string, number | number[]>;
type Places = Record<string, Place>;
interface Place {
  start?: { line?: unknown };
  end?: object;
  loc?: Place;
  decl?: Place;
  line?: unknown;
  locations?: Place[];
}

/** Map and counters of statements, functions and branches, and what the library compares the places of two files by. */
const parts = [
  { map: 'statementMap', hits: 's', keyed: (place: Place): Place | undefined => place },
  { map: 'fnMap', hits: 'f', keyed: (place: Place): Place | undefined => place.loc },
  { map: 'branchMap', hits: 'b', keyed: (place: Place): Place | undefined => place.locations?.[0] },
] as const;
type Part = (typeof parts)[number];

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The file, or why it is none. What is counted nowhere has not been reached: a missing counter is 0. A counter that is no number
 * would count as covered, and one without a place could be anything's.
 */
export function coveredFile(path: string, value: unknown): CoveredFile | { readonly reason: string } {
  if (!isObject(value) || !parts.every(({ map, hits }) => isObject(value[map]) && isObject(value[hits]))) {
    return { reason: `it lacks ${parts.flatMap(({ map, hits }) => [map, hits]).join(', ')}` };
  }
  // Whether a branch was true is not asked for here, and not all files of a report have it.
  const { bT: _, ...file } = { path, ...value } as Record<string, unknown>;
  for (const part of parts) {
    const wrong = fill(part, file[part.map] as Places, file[part.hits] as Hits);
    if (wrong !== null) return { reason: wrong };
  }
  return file as unknown as CoveredFile;
}

function fill({ map, hits }: Part, places: Places, counters: Hits): string | null {
  const branches = hits === 'b';
  for (const key in counters) {
    const place: unknown = places[key];
    if (!isObject(place)) return `its maps and counters do not fit: ${map} has no ${key}`;
    const given: unknown = counters[key];
    const list: unknown[] = branches && Array.isArray(given) ? given : [given];
    const bad = list.find((count) => !isCount(count));
    if (bad !== undefined || branches !== Array.isArray(given)) {
      return `its maps and counters do not fit: ${hits}.${key} is ${JSON.stringify(bad ?? given)}`;
    }
  }
  for (const key in places) {
    const place: unknown = places[key];
    if (!isObject(place)) return `its maps and counters do not fit: ${map}.${key} is no place`;
    const wrong =
      hits === 's' && !hasLine(place) ? `its maps and counters do not fit: ${map}.${key} has no line` : null;
    if (wrong !== null) return wrong;
    if (branches)
      counters[key] = padded(counters[key], Array.isArray(place.locations) ? place.locations.length : 0);
    else counters[key] ??= 0;
  }
  return null;
}

const isCount = (value: unknown): boolean =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0;
const hasLine = ({ start }: Place): boolean => isObject(start) && typeof start['line'] === 'number';
const padded = (counts: number | number[] | undefined, length: number): number[] => {
  const list = Array.isArray(counts) ? counts : [];
  return list.length < length ? [...list, ...Array<number>(length - list.length).fill(0)] : list;
};

/** Both in one; the first is changed. */
export function mergeFiles(known: CoveredFile, next: CoveredFile): CoveredFile {
  if (next.all) return known;
  if (known.all) return next;
  const signed = known.hash !== undefined && known.hash === next.hash;
  const whole = known as unknown as Record<string, Places | Hits>;
  for (const part of parts) {
    const a = { places: known[part.map] as Places, hits: known[part.hits] as Hits };
    const b = { places: next[part.map] as Places, hits: next[part.hits] as Hits };
    // Equal maps: their counters are just added, which is some ten times faster than the library, and loses no branch.
    if (sameShape(a.hits, b.hits) && (signed || samePlaces(a.places, b.places))) addHits(a.hits, b.hits);
    else {
      const sum = byPlace(part, a, b);
      whole[part.map] = sum.places;
      whole[part.hits] = sum.hits;
    }
  }
  return known;
}

function sameShape(a: Hits, b: Hits): boolean {
  for (const key in b) if (lengthOf(a[key]) !== lengthOf(b[key])) return false;
  return Object.keys(a).length === Object.keys(b).length;
}

const lengthOf = (hits: number | number[] | undefined): number =>
  Array.isArray(hits) ? hits.length : hits === undefined ? -2 : -1;

const samePlaces = (a: Places, b: Places): boolean => JSON.stringify(a) === JSON.stringify(b);

function addHits(sum: Hits, next: Hits): void {
  for (const key in next) {
    const into = sum[key];
    const from = next[key];
    if (Array.isArray(into) && Array.isArray(from))
      for (const [at, hits] of from.entries()) into[at] = (into[at] ?? 0) + hits;
    else if (typeof into === 'number' && typeof from === 'number') sum[key] = into + from;
  }
}

interface HitCounts {
  readonly places: Places;
  readonly hits: Hits;
}

/**
 * By the library: equal places are added, one that only one file knows gets the hits of what surrounds it in the other. It takes
 * two places that begin alike for one and forgets the first, so those go to it one after the other.
 */
function byPlace(part: Part, a: HitCounts, b: HitCounts): HitCounts {
  // Older writers tell no more of a function than its declaration: then functions are compared by that.
  const declared = [a, b].some(({ places }) => Object.values(places).some(({ loc }) => loc === undefined));
  const [first, second] = [layersOf(part, a, declared), layersOf(part, b, declared)];
  const sum: HitCounts = { places: {}, hits: {} };
  let key = 0;
  for (let at = 0; at < Math.max(first.length, second.length); at += 1) {
    const merged = istanbul.createFileCoverage(fileOf(part, first[at]));
    merged.merge(istanbul.createFileCoverage(fileOf(part, second[at])));
    const { [part.map]: places, [part.hits]: hits } = merged.toJSON() as unknown as Merged;
    for (const old in hits) {
      sum.places[key] = places?.[old]?.origin ?? {};
      sum.hits[key] = hits[old] ?? 0;
      key += 1;
    }
  }
  return sum;
}

/** A place as the library compares it, with the one that it is made of. */
type Compared = Place & { readonly origin: Place };
type Merged = Readonly<Record<string, Record<string, Compared> & Hits>>;

function layersOf(part: Part, { places, hits }: HitCounts, declared: boolean): HitCounts[] {
  const layers: HitCounts[] = [];
  const seen = new Map<string, number>();
  for (const key in hits) {
    const place = compared(part, places[key] ?? {}, declared);
    const { start, end } = part.keyed(place) ?? {};
    const name = JSON.stringify([start, end]);
    const at = seen.get(name) ?? 0;
    seen.set(name, at + 1);
    const layer = (layers[at] ??= { places: {}, hits: {} });
    layer.places[key] = place;
    layer.hits[key] = hits[key] ?? 0;
  }
  return layers;
}

/** The library reads start and end of each place, whatever a writer leaves out. */
function compared({ hits }: Part, origin: Place, declared: boolean): Compared {
  const ends = ({ start, end }: Place): Place => ({ start: start ?? {}, end: end ?? {} });
  if (hits === 's') return { ...ends(origin), origin };
  const { loc, decl, line, locations = [] } = origin;
  const inside = ends((declared && hits === 'f' ? (decl ?? loc) : (loc ?? decl)) ?? { start: { line } });
  return { loc: inside, locations: [ends(locations[0] ?? inside)], origin };
}

const fileOf = (part: Part, given: HitCounts = { places: {}, hits: {} }): FileCoverageData =>
  ({
    ...{ path: '-', statementMap: {}, fnMap: {}, branchMap: {}, s: {}, f: {}, b: {} },
    [part.map]: given.places,
    [part.hits]: given.hits,
  }) as FileCoverageData;
