/** What a primary does next, given its workers. Pure. */
export interface WorkerFacts {
  readonly number: number;
  /** Raised by each reload. */
  readonly generation: number;
  readonly state: 'starting' | 'ready' | 'stopping';
}

export interface WorkerSetFacts {
  /** In the order of their numbers. */
  readonly workers: readonly WorkerFacts[];
  /** So many shall serve. */
  readonly wanted: number;
  readonly generation: number;
  readonly now: number;
  /** No worker is started before this time: after deaths in a row. */
  readonly startAt: number;
}

type SupervisorAction =
  | { readonly kind: 'start' }
  | { readonly kind: 'stop'; readonly number: number }
  | { readonly kind: 'wait'; readonly until: number }
  | { readonly kind: 'none' };

/**
 * Never stops a worker before another one serves in its place. A reload takes one after the other; what is missing is
 * started at once.
 */
export function nextAction({ workers, wanted, generation, now, startAt }: WorkerSetFacts): SupervisorAction {
  const live = workers.filter(({ state }) => state !== 'stopping');
  const ready = live.filter(({ state }) => state === 'ready');
  const young = live.filter((one) => one.generation === generation);
  if (ready.length > wanted) {
    const surplus = ready.find((one) => one.generation !== generation) ?? ready.at(-1);
    if (surplus !== undefined) return { kind: 'stop', number: surplus.number };
  }
  const isBusy = live.length > ready.length && live.length > wanted;
  if (isBusy || young.length >= wanted) return { kind: 'none' };
  return now >= startAt ? { kind: 'start' } : { kind: 'wait', until: startAt };
}

/** A reload is over when everybody is of its generation. */
export const isRenewed = ({ workers, wanted, generation }: WorkerSetFacts): boolean => {
  const ready = workers.filter(({ state }) => state === 'ready');
  return ready.length >= wanted && ready.every((one) => one.generation === generation);
};

/** A worker that lived for so long has not died of its start. */
export const LIVED_MS = 10_000;

/** Milliseconds before the next start after so many deaths in a row: the first is replaced at once. */
export const pauseAfter = (deaths: number): number =>
  deaths <= 1 ? 0 : Math.min(5000, 250 * 2 ** Math.min(deaths - 2, 10));
