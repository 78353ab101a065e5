export { canopyYml, jenkinsfile, scanText, type Answers } from './plan.ts';
export { scanKeys, writeFirst, type Scanned, type Written } from './run.ts';
