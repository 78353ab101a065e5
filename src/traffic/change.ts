/** What can be done to the traffic state, and what two states make when they meet. Pure. */
import type { Sticky } from '../config/fields/sticky.ts';
import { byAge, clear, fitted, mergeMarks, raise, type Alert } from './alert.ts';
import { withMarks, type StateBody, type Note, type TrafficState } from './state.ts';
import { lookUp } from '../shared/look-up.ts';

export type Change =
  /** Percent for the canary, one decimal. The first one of a history switches it on; one that is taken out stays out. */
  | { readonly kind: 'weight'; readonly weight: number }
  /** A canary begins or is retired; both end a passive revert. `salt`: of the rollout that begins. */
  | { readonly kind: 'enable'; readonly on: boolean; readonly salt?: string }
  | { readonly kind: 'sticky'; readonly mode: Sticky }
  | { readonly kind: 'alert'; readonly actor: string; readonly alert: Alert }
  /** Clears the alert: a person only. */
  | { readonly kind: 'rearm' }
  | { readonly kind: 'drain'; readonly instance: string; readonly note: Note }
  | { readonly kind: 'ready'; readonly instance: string }
  /** No request is passed on from here on; null: they are again. */
  | { readonly kind: 'maintain'; readonly alert: Alert | null }
  /** The passive revert, with how often the canary has relapsed so far. */
  | { readonly kind: 'revert'; readonly alert: Alert; readonly relapses?: number }
  /** Its end. `at`: when the canary was put back by itself; without it a person has done it, and the relapses are forgotten. */
  | { readonly kind: 'resume'; readonly at?: number };

/**
 * Whether it takes requests away from the canary, or is what a person says about all of them: it may be made whatever stands
 * in the store.
 */
export const isSafe = (change: Change): boolean =>
  change.kind === 'alert' ||
  change.kind === 'revert' ||
  change.kind === 'maintain' ||
  (change.kind === 'weight' && change.weight === 0) ||
  (change.kind === 'enable' && !change.on);

/** The state after the changes, one version higher; the very same state when they change nothing. */
export function apply(state: TrafficState, ...changes: readonly Change[]): TrafficState {
  const after = changes.reduce(one, state);
  return after === state ? state : withMarks({ ...after, version: state.version + 1 }, after.marks);
}

/** An alert that is taken where the store may be away: it counts by its mark alone and does not claim a version. */
export function alarmed(state: TrafficState, actor: string, alert: Alert): TrafficState {
  return withMarks(state, raise(state.marks, actor, alert));
}

/** Re-arms without claiming a version, likewise. */
export const rearmed = (state: TrafficState): TrafficState => withMarks(state, clear(state.marks));

/** Two states: the higher (epoch, version) wins, alerts survive. Of two equals the careful half of each is taken. */
export function merge(a: TrafficState, b: TrafficState): TrafficState {
  const order = a.epoch - b.epoch || a.version - b.version;
  const body = order === 0 ? careful(a, b) : order > 0 ? a : b;
  return withMarks(body, mergeMarks(a.marks, b.marks));
}

type Kind = Change['kind'];
type ChangeOf<K extends Kind> = Extract<Change, { readonly kind: K }>;

const one = (state: TrafficState, change: Change): TrafficState =>
  (changes[change.kind] as (state: TrafficState, change: Change) => TrafficState)(state, change);

/** Each gives back the very same state when there is nothing to change. */
const changes: { readonly [K in Kind]: (state: TrafficState, change: ChangeOf<K>) => TrafficState } = {
  weight: (state, { weight }) => {
    if (!state.begun) return { ...state, weight, enabled: true, begun: true };
    return state.weight === weight ? state : { ...state, weight };
  },
  enable: (state, { on, salt = state.salt }) =>
    state.begun && state.enabled === on && state.salt === salt && isUnharmed(state)
      ? state
      : { ...state, enabled: on, begun: true, salt, ...unharmed },
  sticky: (state, { mode }) => (state.sticky === mode ? state : { ...state, sticky: mode }),
  alert: (state, { actor, alert }) => alarmed(state, actor, alert),
  rearm: (state) => (state.alert === null ? state : rearmed(state)),
  drain: (state, { instance, note }) =>
    Object.hasOwn(state.drained, instance)
      ? state
      : { ...state, drained: { ...state.drained, [instance]: fitted(note) } },
  ready: (state, { instance }) => {
    if (!Object.hasOwn(state.drained, instance)) return state;
    const rest = Object.entries(state.drained).filter(([name]) => name !== instance);
    return { ...state, drained: Object.fromEntries(rest) };
  },
  maintain: (state, { alert }) =>
    (state.maintenance === null) === (alert === null)
      ? state
      : { ...state, maintenance: alert && fitted(alert) },
  revert: (state, { alert, relapses = 0 }) =>
    state.reverted === null ? { ...state, reverted: fitted(alert), relapses } : state,
  resume: (state, { at }) => {
    if (at === undefined) return isUnharmed(state) ? state : { ...state, ...unharmed };
    return state.reverted === null ? state : { ...state, reverted: null, resumedAt: at };
  },
};

/** Of a canary that was never reverted, or that a person has taken in hand. */
const unharmed = { reverted: null, relapses: 0, resumedAt: null };
const isUnharmed = (state: StateBody): boolean =>
  state.reverted === null && state.relapses === 0 && state.resumedAt === null;

/** Less for the canary, more instances out: commutative, associative, idempotent. */
function careful(a: StateBody, b: StateBody): StateBody {
  return {
    epoch: a.epoch,
    version: a.version,
    enabled: a.enabled && b.enabled,
    begun: a.begun || b.begun,
    weight: Math.min(a.weight, b.weight),
    drained: union(a.drained, b.drained),
    reverted: either(a.reverted, b.reverted),
    maintenance: either(a.maintenance, b.maintenance),
    sticky: a.sticky === 'none' || b.sticky === 'none' ? 'none' : a.sticky < b.sticky ? a.sticky : b.sticky,
    salt: a.salt < b.salt ? b.salt : a.salt,
    relapses: Math.max(a.relapses, b.relapses),
    resumedAt:
      a.resumedAt === null || b.resumedAt === null
        ? (a.resumedAt ?? b.resumedAt)
        : Math.max(a.resumedAt, b.resumedAt),
  };
}

function union(a: Readonly<Record<string, Note>>, b: Readonly<Record<string, Note>>): Record<string, Note> {
  const out: Record<string, Note> = { ...a };
  for (const [name, note] of Object.entries(b)) {
    const other = lookUp(out, name);
    out[name] = other === undefined ? note : earlier(other, note);
  }
  return out;
}

/** Of two the older one. */
const either = (a: Alert | null, b: Alert | null): Alert | null =>
  a === null || b === null ? (a ?? b) : byAge(a, b) <= 0 ? a : b;
const earlier = (a: Note, b: Note): Note => (byAge({ ...a, reason: '' }, { ...b, reason: '' }) <= 0 ? a : b);
