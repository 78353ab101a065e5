/** Samples in, out: for which targets a rule holds, and for which no longer. `step.ts` decides. */
export { rulesOf, type WatchedRule } from './from-config.ts';
export { Readings } from './readings.ts';
export { replay, type ReplaySample, type RuleTurn } from './replay.ts';
export { RuleBoard, type Rule } from './rule-board.ts';
export { began, step, type RuleState } from './step.ts';
