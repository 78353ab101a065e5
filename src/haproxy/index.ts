/** HAProxy as values: its runtime API, what it answers, what is wanted of it, its configuration. */
export { cfgOf } from './cfg.ts';
export { countedSince, readingOf, type ArmCounters, type Counted, type Reading } from './counted.ts';
export { driftOf, objectionsTo, type Drift } from './decide.ts';
export {
  inParts,
  showInfo,
  showLevel,
  showServersState,
  showStat,
  toRequest,
  type AdminState,
  type Line,
} from './lines.ts';
export { complaint, parseStand, type ServerStand, type Stand } from './parse.ts';
export { wantedOf, type Arms, type Member, type Wanted, type WantedServer } from './wanted.ts';
export { factorsFor, ratiosOf, type Factors } from './weights.ts';
