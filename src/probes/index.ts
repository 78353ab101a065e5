/**
 * Targets in, measurements out: each is asked by its kind (kinds/), again and again (checks.ts), and is up or down by what its
 * checks have said in a row (state.ts).
 */
export { TargetChecks, type CheckedTarget, type CheckTimes } from './checks.ts';
export { noteHeartbeat } from './kinds/heartbeat.ts';
export { openProbe, type TargetPorts } from './kinds/open.ts';
export { samplesOf, type ProbeSample } from './samples.ts';
export { type TargetState } from './state.ts';
