export { picture } from './picture.ts';
export { abort, resume, setWeight, start } from './rollout/run.ts';
export { promote } from './promote.ts';
export { stop } from './stop.ts';
export type { CanarySetting } from './rollout/setting.ts';
export { status, type CanaryStatus } from './status.ts';
export { analyse, type AnalyseReport } from './analyse.ts';
export { analysisText, servesAfter } from './verdict-text.ts';
