/**
 * The shared traffic state as a value: how much goes to the canary, which instances are out, whether the alert is on.
 * Two parts merge in two ways. The body (weight, drained, …) is one register: the higher (epoch, version) wins. The
 * alert is kept as marks, one counter pair an actor, so that it survives a merge with anything: an alert is over only
 * when somebody who had seen it re-armed. Pure.
 */
import type { Sticky } from '../config/fields/sticky.ts';
import { alertOf, type Alert, type AlertMark } from './alert.ts';

export interface Note {
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly by: string;
}

export interface StateBody {
  /** When this history began: a store that lost everything starts a new, higher one. */
  readonly epoch: number;
  /** Raised by every change. */
  readonly version: number;
  /** Whether there is a canary at all. */
  readonly enabled: boolean;
  /** Whether anybody has ever switched a canary on or off: until then nothing goes to it, and the first weight is what switches it on. */
  readonly begun: boolean;
  /** Percent of the requests for the canary, one decimal. */
  readonly weight: number;
  /** Instances that take no new request, by name. */
  readonly drained: Readonly<Record<string, Note>>;
  /** The passive revert: errors or a dead canary have sent everything to stable. */
  readonly reverted: Alert | null;
  /** Since when, by whom and why no request is passed on. */
  readonly maintenance: Alert | null;
  /** How clients stick to their side. */
  readonly sticky: Sticky;
  /** Of this rollout: who went to the last canary says nothing about who goes to this one. Empty before the first. */
  readonly salt: string;
  /** How often in a row the canary was put back by itself and had to be reverted again. */
  readonly relapses: number;
  /** When it was last put back by itself; null: never, or a person has taken it in hand since. */
  readonly resumedAt: number | null;
}

/** What a first state begins with. */
export interface First {
  /** Percent. */
  readonly weight: number;
  readonly sticky: Sticky;
}

export interface TrafficState extends StateBody {
  /** Alerts raised and cleared by each actor. */
  readonly marks: Readonly<Record<string, AlertMark>>;
  /** What the marks come to. */
  readonly alert: Alert | null;
}

/** The first state of a history: no canary is on. `weight` in percent, for when one is. */
export function initial(weight: number, epoch: number, sticky: Sticky = 'none'): TrafficState {
  const calm = { drained: {}, reverted: null, maintenance: null, relapses: 0, resumedAt: null };
  const off = { enabled: false, begun: false };
  return withMarks({ epoch, version: 1, ...off, weight, sticky, salt: '', ...calm }, {});
}

/** A state from its two parts. */
export function withMarks(body: StateBody, marks: Readonly<Record<string, AlertMark>>): TrafficState {
  const { epoch, version, enabled, begun, weight, drained, reverted, maintenance } = body;
  const { sticky, salt, relapses, resumedAt } = body;
  const split = { epoch, version, enabled, begun, weight, drained, reverted, maintenance };
  return { ...split, sticky, salt, relapses, resumedAt, marks, alert: alertOf(marks) };
}

/** Percent of the requests that the canary is to get now: 0 while an alert or a revert holds, or without a canary. */
export function shareOf(state: TrafficState): number {
  return isOpen(state) ? state.weight : 0;
}

/** Whether the canary may get requests at all: it may with a weight of 0, for whoever asks for it by the header. */
export const isOpen = (state: TrafficState): boolean =>
  state.enabled && state.alert === null && state.reverted === null;

/** What is told of it, whoever tells it: `status`, `canary status`, a router's `/state`. */
export type SplitState = Pick<
  TrafficState,
  | 'epoch'
  | 'version'
  | 'enabled'
  | 'weight'
  | 'sticky'
  | 'alert'
  | 'reverted'
  | 'relapses'
  | 'maintenance'
  | 'drained'
>;

export function splitOf(state: TrafficState): SplitState {
  const { epoch, version, enabled, weight, sticky, alert, reverted, relapses, maintenance, drained } = state;
  return { epoch, version, enabled, weight, sticky, alert, reverted, relapses, maintenance, drained };
}
