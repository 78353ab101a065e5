export { type Loaded } from './check.ts';
export { loadConfig } from './load.ts';
export { readConfig } from './read.ts';
export type * from './types.ts';
