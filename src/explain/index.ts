/** Offline answers about canopy.yml. */
export { type Explained } from './answer.ts';
export { explainConfig } from './config.ts';
export { explainGate } from './gate.ts';
export { explainSudo } from './sudo.ts';
