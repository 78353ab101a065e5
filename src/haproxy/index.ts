/** HAProxy as values: its runtime API, what it answers, what is wanted of it, its configuration. */
export { cfgOf } from './cfg.ts';
export { countedSince, readingOf, type ArmCounters, type CounterReading } from './counters.ts';
export { diffOf, objectionsTo, type ServerDiff } from './decide.ts';
export {
  inParts,
  showInfo,
  showLevel,
  showServersState,
  showStat,
  toRequest,
  type RuntimeCommand,
} from './runtime-commands.ts';
export { complaint, parseHaproxyState, type HaproxyState } from './parse.ts';
export { desiredOf, type ArmServers, type BackendServer, type DesiredState } from './desired.ts';
export { factorsFor, ratiosOf } from './weights.ts';
