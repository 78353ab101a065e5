export { type Loaded } from './file/check.ts';
export { isDockerOption } from './sections/environment/docker.ts';
export { readConfig } from './file/read.ts';
export type * from './types.ts';
