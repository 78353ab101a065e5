/**
 * The passive revert: when the canary answers with errors, or dies, everything goes to stable; with `resume: auto` it is
 * tried again after a while. Unlike the alert it is not latched. Pure.
 */
import type { Alert } from '../../traffic/index.ts';

/** What the canary had answered at a moment, counted since the router started. */
export interface ErrorSample {
  readonly at: number;
  readonly answers: number;
  /** Of them 5xx, and requests that it did not answer at all. */
  readonly errors: number;
}

export interface RevertRules {
  /** Percent. */
  readonly errorRate: number;
  readonly windowMs: number;
  readonly minRequests: number;
  readonly resume: 'auto' | 'manual';
  /** Doubled with each relapse, up to `maxAfterMs`. */
  readonly afterMs: number;
  readonly maxAfterMs: number;
}

export interface RevertFacts {
  readonly now: number;
  /** This router. */
  readonly id: string;
  /** Percent that the canary gets. */
  readonly share: number;
  /** Samples since the window began, oldest first. */
  readonly samples: readonly ErrorSample[];
  readonly canary: { readonly total: number; readonly usable: number; readonly drained: number };
  /** Whether the canary was usable since it was last taken out on purpose. */
  readonly armed: boolean;
  readonly reverted: Alert | null;
  /** How often in a row it was put back by itself and had to be reverted again, and when it was last put back. */
  readonly relapses: number;
  readonly resumedAt: number | null;
  /** Since when some instance of the canary has been healthy without a break. */
  readonly healthySince: number | null;
}

type RevertDecision =
  | { readonly kind: 'none' }
  | { readonly kind: 'revert'; readonly reason: string; readonly relapses: number }
  | { readonly kind: 'resume' };

const none: RevertDecision = { kind: 'none' };

export function decideRevert(facts: RevertFacts, rules: RevertRules): RevertDecision {
  if (facts.reverted !== null) return mayResume(facts, facts.reverted, rules) ? { kind: 'resume' } : none;
  if (facts.share === 0) return none;
  const relapses = relapsesOf(facts, rules);
  if (isDead(facts)) return { kind: 'revert', reason: 'no instance of the canary is healthy', relapses };
  const first = facts.samples[0];
  const last = facts.samples.at(-1);
  if (first === undefined || last === undefined) return none;
  const answers = last.answers - first.answers;
  const errors = last.errors - first.errors;
  if (answers < Math.max(1, rules.minRequests) || errors * 100 <= answers * rules.errorRate) return none;
  const seconds = Math.round(rules.windowMs / 1000);
  return {
    kind: 'revert',
    reason: `${errors} of ${answers} requests to the canary failed within ${seconds} s`,
    relapses,
  };
}

/** How long a reverted canary is left alone, in milliseconds: doubled with each relapse. */
export function waitAfter(relapses: number, { afterMs, maxAfterMs }: RevertRules): number {
  return Math.max(afterMs, Math.min(maxAfterMs, afterMs * 2 ** Math.min(relapses, 40)));
}

/** A canary that has held for so long after it was put back begins anew when it fails. */
const GOOD_WHILE = 10;

/** Which relapse a revert now would be; 0: it is none. */
function relapsesOf({ now, relapses, resumedAt }: RevertFacts, rules: RevertRules): number {
  if (resumedAt === null) return 0;
  return now - resumedAt >= GOOD_WHILE * waitAfter(relapses, rules) ? 0 : relapses + 1;
}

/** Whether it may be called dead later: it has to have lived, and not be out on purpose (a deploy is on it). */
export function armedAfter(armed: boolean, canary: RevertFacts['canary']): boolean {
  if (canary.drained > 0) return false;
  return armed || canary.usable > 0;
}

const isDead = (facts: RevertFacts): boolean =>
  facts.armed && facts.canary.total > 0 && facts.canary.usable === 0 && facts.canary.drained === 0;

/** The router that reverted takes it back; when it is gone any other does, later. */
function mayResume(facts: RevertFacts, reverted: Alert, rules: RevertRules): boolean {
  if (rules.resume !== 'auto' || facts.healthySince === null) return false;
  const own = waitAfter(facts.relapses, rules);
  const wait = reverted.by === facts.id ? own : own * 2;
  return facts.now - reverted.since >= wait && facts.now - facts.healthySince >= rules.afterMs;
}
