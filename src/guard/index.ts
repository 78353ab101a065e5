/** Whatever acts by itself asks here first. `decide.ts` decides, `guard.ts` keeps count in the store. */
export {
  decide,
  type ActFacts,
  type CapSet,
  type GuardedAct,
  type GuardRefusal as Refusal,
} from './decide.ts';
export { Guard } from './guard.ts';
export { pausedNow, pauseAll, unpauseAll } from './pause.ts';
