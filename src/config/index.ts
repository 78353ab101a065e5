export { loadConfig, readConfig, type Loaded } from './load.ts';
export type * from './types.ts';
