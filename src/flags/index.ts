/** Feature flags: on or off, in the store, readable by programs in any language. */
export { isFlagName, type FlagRecord, type FlagState } from './parse.ts';
export {
  getFlag,
  listFlags,
  setFlag,
  type Flag,
  type FlagFound,
  type FlagPorts,
  type Flags,
  type FlagSet,
} from './run.ts';
