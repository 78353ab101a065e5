/**
 * What is known of one instance's health. Pure. An instance is used from its first successful check; what the disk
 * remembers stands in for that check for one interval only. A connection that is refused takes it out at once; only
 * checks, `rise` of them in a row, bring it back.
 */
import type { Health } from '../../traffic/index.ts';

export interface MemberHealth {
  readonly state: Health;
  /** Checks in a row that spoke against the state. */
  readonly against: number;
}

export interface Thresholds {
  /** Successes in a row that make an unhealthy one healthy. */
  readonly rise: number;
  /** Failures in a row that make a healthy one unhealthy. */
  readonly fall: number;
}

export const unknownHealth: MemberHealth = { state: 'unknown', against: 0 };
const healthy: MemberHealth = { state: 'healthy', against: 0 };
const unhealthy: MemberHealth = { state: 'unhealthy', against: 0 };

/** After one check. */
export function observe(health: MemberHealth, ok: boolean, limits: Thresholds): MemberHealth {
  if (health.state === 'unknown') return ok ? healthy : unhealthy;
  if ((health.state === 'healthy') === ok) return health.against === 0 ? health : { ...health, against: 0 };
  const against = health.against + 1;
  if (health.state === 'healthy') return against >= limits.fall ? unhealthy : { ...health, against };
  return against >= limits.rise ? healthy : { ...health, against };
}

/** After a connection that could not be made. */
export const eject = (health: MemberHealth): MemberHealth =>
  health.state === 'unhealthy' ? { ...health, against: 0 } : unhealthy;
