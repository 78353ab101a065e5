/** What is told of an application that was observed: the result documents, and the texts for people. */
export { canaryStatus } from './canary-status.ts';
export { picture } from './canary-picture.ts';
export { status } from './run.ts';
export { table } from './table.ts';
