export { type Loaded } from './file/check.ts';
export { readConfig } from './file/read.ts';
export type * from './types.ts';
