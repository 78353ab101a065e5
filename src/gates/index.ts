/** What a canary has to show beside its analysis: a query of Prometheus, a webhook, a command. */
export type { GateContext } from './answer.ts';
export { verdictOf, type GatesVerdict, type GateStates } from './decide.ts';
export { valueNow } from './inquiry.ts';
export { standingsSchema } from './record.ts';
export { openGates, type Gates } from './run.ts';
export { allowed } from './sample.ts';
