/** What can be done to the traffic state, and what two states make when they meet. Pure. */
import { byAge, clear, mergeMarks, raise, type Alert } from './alert.ts';
import { withMarks, type Body, type Note, type TrafficState } from './state.ts';

export type Change =
  /** Percent for the canary, one decimal. */
  | { readonly kind: 'weight'; readonly weight: number }
  /** A canary begins or is retired; both end a passive revert. */
  | { readonly kind: 'enable'; readonly on: boolean }
  | { readonly kind: 'alert'; readonly actor: string; readonly alert: Alert }
  /** Clears the alert: a person only. */
  | { readonly kind: 'rearm' }
  | { readonly kind: 'drain'; readonly instance: string; readonly note: Note }
  | { readonly kind: 'ready'; readonly instance: string }
  /** The passive revert, and its end. */
  | { readonly kind: 'revert'; readonly alert: Alert }
  | { readonly kind: 'resume' };

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

function one(state: TrafficState, change: Change): TrafficState {
  switch (change.kind) {
    case 'weight':
      return state.weight === change.weight ? state : { ...state, weight: change.weight };
    case 'enable':
      return state.enabled === change.on && state.reverted === null
        ? state
        : { ...state, enabled: change.on, reverted: null };
    case 'alert':
      return alarmed(state, change.actor, change.alert);
    case 'rearm':
      return state.alert === null ? state : rearmed(state);
    case 'drain':
      if (Object.hasOwn(state.drained, change.instance)) return state;
      return { ...state, drained: { ...state.drained, [change.instance]: change.note } };
    case 'ready': {
      if (!Object.hasOwn(state.drained, change.instance)) return state;
      const rest = Object.entries(state.drained).filter(([name]) => name !== change.instance);
      return { ...state, drained: Object.fromEntries(rest) };
    }
    case 'revert':
      return state.reverted === null ? { ...state, reverted: change.alert } : state;
    case 'resume':
      return state.reverted === null ? state : { ...state, reverted: null };
  }
}

/** Less for the canary, more instances out: commutative, associative, idempotent. */
function careful(a: Body, b: Body): Body {
  return {
    epoch: a.epoch,
    version: a.version,
    enabled: a.enabled && b.enabled,
    weight: Math.min(a.weight, b.weight),
    drained: union(a.drained, b.drained),
    reverted:
      a.reverted === null || b.reverted === null ? (a.reverted ?? b.reverted) : older(a.reverted, b.reverted),
  };
}

function union(a: Readonly<Record<string, Note>>, b: Readonly<Record<string, Note>>): Record<string, Note> {
  const out: Record<string, Note> = { ...a };
  for (const [name, note] of Object.entries(b)) {
    const other = Object.hasOwn(out, name) ? out[name] : undefined;
    out[name] = other === undefined ? note : earlier(other, note);
  }
  return out;
}

const older = (a: Alert, b: Alert): Alert => (byAge(a, b) <= 0 ? a : b);
const earlier = (a: Note, b: Note): Note => (byAge({ ...a, reason: '' }, { ...b, reason: '' }) <= 0 ? a : b);
