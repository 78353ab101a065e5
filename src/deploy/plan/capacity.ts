/** Whether an instance may leave the traffic: what remains has to carry the load, and not too many may be out. Pure. */

/** An instance as the balancer sees it, and what canopy.yml says of it. */
export interface InstanceCapacity {
  readonly name: string;
  /** False also for one that the balancer does not know. */
  readonly healthy: boolean;
  readonly drained: boolean;
  /** Requests a second that it can take; null: nobody said. */
  readonly capacity: number | null;
  /** Requests a second that it had in the last minute; null: not known. */
  readonly perSecond: number | null;
}

export interface CapacityQuestion {
  readonly instance: string;
  /** The instances that are to leave with it, itself among them. */
  readonly wave: readonly string[];
  /** Every instance of its environment. */
  readonly own: readonly InstanceCapacity[];
  /** The instances of the other environment behind the same balancer. */
  readonly other: readonly InstanceCapacity[];
  /** Stable takes over what the canary cannot take; nobody takes over for stable. */
  readonly role: 'stable' | 'canary';
  /** Percent of all requests that the canary gets now. */
  readonly canaryShare: number;
  /** So many may be out at a time; null: any number but all. */
  readonly maxUnavailable: number | null;
  /** Percent of the load that must stay free beside it. */
  readonly margin: number;
}

/** Why it may not leave yet, with the figures; null: it may. One that serves nobody always may. */
export function refusal(question: CapacityQuestion): string | null {
  const { own, instance } = question;
  if (!own.some((one) => one.name === instance && serves(one))) return null;
  return tooManyOut(question) ?? tooLittleLeft(question);
}

function tooManyOut({ own, wave, maxUnavailable }: CapacityQuestion): string | null {
  const missing = own.filter((one) => !serves(one));
  const names = own.map(({ name }) => name).filter((name) => wave.includes(name));
  const out = new Set([...missing.map(({ name }) => name), ...names]).size;
  const most = maxUnavailable ?? own.length - 1;
  if (out <= most) return null;
  const already = missing.map((one) => `${one.name} is ${one.drained ? 'drained' : 'not healthy'}`);
  const why = already.length > 0 ? ` (${already.join(', ')})` : '';
  return `with ${names.join(', ')} ${out} of ${own.length} instances would be out${why}, ${most} may be`;
}

function tooLittleLeft(question: CapacityQuestion): string | null {
  const { own, other, wave, margin } = question;
  const staying = own.filter((one) => serves(one) && !wave.includes(one.name));
  const standsIn = staying.length === 0 && question.role === 'canary';
  const remaining = standsIn ? other.filter(serves) : staying;
  const all = sum([...own, ...other].map(({ perSecond }) => perSecond));
  const leaving = own.filter(({ name }) => wave.includes(name));
  const can = sum(remaining.map(({ capacity }) => capacity));
  // With nobody left it is the capacity of those who leave that says whether this is asked for at all.
  const asked = remaining.length > 0 || sum(leaving.map(({ capacity }) => capacity)) !== null;
  if (all === null || can === null || !asked) return null;
  const load = standsIn ? all : (all * share(question)) / 100;
  const needed = load * (1 + margin / 100);
  if (can >= needed) return null;
  const each = remaining.map(({ name, capacity }) => `${name} ${capacity ?? 0}`).join(', ');
  const names = leaving.map(({ name }) => name).join(', ');
  return `without ${names} the others can take ${show(can)} requests a second${each === '' ? '' : ` (${each})`}; the last minute had ${show(load)}, with a margin of ${margin} % ${show(needed)} are needed`;
}

/** Percent of all requests that the environment gets. */
function share({ role, canaryShare, other }: CapacityQuestion): number {
  if (role === 'canary') return canaryShare;
  return other.some(serves) ? 100 - canaryShare : 100;
}

const serves = (one: InstanceCapacity): boolean => one.healthy && !one.drained;

/** Null when one of them is not known. */
const sum = (numbers: readonly (number | null)[]): number | null =>
  numbers.reduce<number | null>((total, one) => (total === null || one === null ? null : total + one), 0);

const show = (value: number): string => String(Math.round(value * 10) / 10);
