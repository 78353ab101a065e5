export { sentenceOf } from './analysis-messages.ts';
export { abort, resume, setWeight, start } from './rollout/run.ts';
export { sides } from './rollout/sides.ts';
export { promote } from './promote.ts';
export { stop } from './stop.ts';
export type { CanarySetting } from './rollout/setting.ts';
export { readRollout } from './rollout/rollout.ts';
export { analyse, type AnalyseReport } from './analyse.ts';
export { analysisText, servesAfter } from './verdict-text.ts';
