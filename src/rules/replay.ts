/** What a rule would do with a series of samples: the reducer that the watch runs, on their own clock. Pure. */
import { Readings, type Sample } from './readings.ts';
import { RuleBoard, type Rule } from './rule-board.ts';

export interface ReplaySample extends Omit<Sample, 'at' | 'why'> {
  /** Milliseconds since the beginning. */
  readonly at: number;
}

export interface RuleTurn {
  readonly at: number;
  readonly target: string;
  readonly holds: boolean;
}

/** `everyMs`: how often the last value of each target is measured again, until `endMs`. */
export function replay(
  rule: Rule,
  samples: readonly ReplaySample[],
  everyMs: number,
  endMs: number,
): RuleTurn[] {
  const readings = new Readings();
  const board = new RuleBoard([rule]);
  const held = new Set<string>();
  const turns: RuleTurn[] = [];
  const newest = new Map<string, ReplaySample>();
  const times = new Set(samples.map(({ at }) => at));
  for (let at = 0; at <= endMs; at += everyMs) times.add(at);
  for (const at of [...times].sort((a, b) => a - b)) {
    for (const one of samples) if (one.at === at) newest.set(`${one.metric} ${one.target}`, one);
    // From 1 on: 0 is "never measured".
    for (const one of newest.values()) readings.add({ ...one, at: at + 1 }, Infinity);
    const [found] = board.look(readings, at + 1);
    for (const target of found?.red ?? []) if (!held.has(target)) turns.push({ at, target, holds: true });
    for (const target of found?.green ?? []) if (held.has(target)) turns.push({ at, target, holds: false });
    held.clear();
    for (const target of found?.red ?? []) held.add(target);
  }
  return turns;
}
