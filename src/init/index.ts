export { canopyYml, scanText } from './plan.ts';
export { scanKeys, writeFirst } from './run.ts';
