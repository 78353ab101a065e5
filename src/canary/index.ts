export { picture } from './picture.ts';
export { abort, promote, resume, setWeight, start } from './run.ts';
export type { CanarySetting } from './setting.ts';
export { status, type CanaryStatus } from './status.ts';
export { analyse, type AnalyseReport } from './analyse.ts';
export { analysisText } from './verdict-text.ts';
