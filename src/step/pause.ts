/** Whether this machine, or this program, has stood still: its clocks are compared from time to time. Pure. */
import { showDuration } from '../shared/text/units.ts';

export interface ClockReading {
  /** Milliseconds since the epoch: goes on while the machine sleeps, and may be set. */
  readonly wall: number;
  /** Milliseconds since some moment: stands while the machine sleeps, and nobody sets it. */
  readonly steady: number;
}

/** A busy machine is late by less. */
const noticed = 5000;

/** What to tell of the time since a reading that should be `everyMs` old; null when nothing was odd. */
export function pauseBetween(before: ClockReading, now: ClockReading, everyMs: number): string | null {
  const wall = now.wall - before.wall;
  const steady = now.steady - before.steady;
  const words = [
    steady - everyMs >= noticed ? `this program was stopped for ${showDuration(steady - everyMs)}` : null,
    wall - steady >= noticed
      ? `this machine slept for ${showDuration(wall - steady)}, or its clock was put forward`
      : null,
    steady - wall >= noticed
      ? `the clock of this machine was put back by ${showDuration(steady - wall)}`
      : null,
  ].filter((word) => word !== null);
  return words.length === 0 ? null : `${words.join('; ')}: time limits and leases may have run out meanwhile`;
}
