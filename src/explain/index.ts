/** Offline answers about canopy.yml. */
export { type Explained } from './answer.ts';
export { explainAnalysis } from './analysis.ts';
export { explainConfig } from './config.ts';
export { explainEscalation } from './escalation.ts';
export { explainGate } from './gate.ts';
export { explainHaproxy } from './haproxy.ts';
export { explainPipeline } from './pipeline.ts';
export { explainRule } from './rule.ts';
export { explainSudo } from './sudo.ts';
export { explainSystemd } from './systemd.ts';
