export { canopyYml, scanText } from './plan.ts';
export { readProject, scanKeys, writeFirst } from './run.ts';
