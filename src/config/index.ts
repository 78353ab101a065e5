export { loadConfig, readConfig, type Loaded } from './load.ts';
export { isLoopback } from './rules.ts';
export type * from './types.ts';
