export { canopyYml, jenkinsfile, type Answers } from './plan.ts';
export { writeFirst, type Written } from './run.ts';
