export { type Loaded } from './check.ts';
export { readConfig } from './read.ts';
export type * from './types.ts';
