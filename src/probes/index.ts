/**
 * Targets in, measurements out: each is asked by its kind (kinds/), again and again (checks.ts), and is up or down by what its
 * checks have said in a row (state.ts). Beside them what others have counted or measured, and this machine's own way out.
 */
export { TargetChecks, type CheckedTarget, type CheckTimes } from './checks.ts';
export { type Probe } from './kinds/check.ts';
export { noteHeartbeat } from './kinds/heartbeat.ts';
export { openProbe, type TargetPorts } from './kinds/open.ts';
export { samplesOf, type ProbeSample } from './samples.ts';
export { openArmCounters } from './arm-counters.ts';
export { needsOf } from './needs.ts';
export { querySamples } from './queries.ts';
export { ArmRates, type ArmReading } from './arm-rates.ts';
export { type TargetState } from './state.ts';
export { isBlind, isOutside, Uplink, usualUplink } from './uplink.ts';
