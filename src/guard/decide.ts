/** May it act? The first reason against it, or null. Pure. */

/** Why something that would act by itself does not. */
const refusals = [
  'store-away',
  'lease-lost',
  'paused',
  'blind',
  'vetoed',
  'protected',
  'leashed',
  'deploying',
  'last-healthy',
  'breaker',
  'capped',
  'unwarned',
  'no-helper',
  'unknown',
] as const;
export type GuardRefusal = (typeof refusals)[number];

export interface GuardedAct {
  /** `alert`, `flag`, `doctor` ... */
  readonly act: string;
  /** What it is done to. */
  readonly subject: string;
  readonly host: string | null;
  /** Alert, weight 0, a flag as it was before the release: away from what is new. */
  readonly towardsStable: boolean;
}

/** What is known when it is about to act; each is a reason against it. */
export type ActFacts = Readonly<Partial<Record<GuardRefusal, boolean>>>;

/** What holds nobody back who goes towards stable. */
const notTowardsStable: readonly GuardRefusal[] = ['deploying', 'capped', 'breaker'];

/**
 * `alert` alone acts while everything is paused, and without the store: what makes a canary harmless must never wait.
 */
export function decide({ act, towardsStable }: GuardedAct, facts: ActFacts): GuardRefusal | null {
  const lets = (refusal: GuardRefusal): boolean =>
    (towardsStable && notTowardsStable.includes(refusal)) ||
    (act === 'alert' && (refusal === 'paused' || refusal === 'store-away'));
  return refusals.find((refusal) => facts[refusal] === true && !lets(refusal)) ?? null;
}

/** An act that was done, or begun, lately. */
export interface DoneAct {
  readonly at: number;
  readonly act: string;
  readonly subject: string;
  readonly host: string | null;
  /** It has changed nothing: it counts all the same. */
  readonly idle: boolean;
}

/** So many within that time. */
interface Cap {
  readonly most: number;
  readonly withinMs: number;
}

export interface CapSet {
  readonly host: Cap | null;
  readonly hour: Cap | null;
  /** Over all hosts: the breaker of the fleet. */
  readonly fleet: Cap | null;
}

/** So often may an act that changes nothing be done to the same subject. */
const IDLE_MOST = 3;
const IDLE_MS = 24 * 3_600_000;

export function capFacts(done: readonly DoneAct[], next: GuardedAct, caps: CapSet, now: number): ActFacts {
  const own = done.filter(({ act }) => act === next.act);
  const full = (cap: Cap | null, of: readonly DoneAct[]): boolean =>
    cap !== null && of.filter(({ at }) => now - at < cap.withinMs).length >= cap.most;
  const idle = own.filter(({ subject, idle, at }) => subject === next.subject && idle && now - at < IDLE_MS);
  return {
    capped:
      full(caps.hour, own) ||
      full(
        caps.host,
        own.filter(({ host }) => host !== null && host === next.host),
      ) ||
      idle.length >= IDLE_MOST,
    breaker: full(caps.fleet, own),
  };
}
