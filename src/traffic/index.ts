/** The shared traffic state and the drain handshake over the store. */
export type { Alert } from './alert.ts';
export { alarmed, apply, merge, rearmed, type Change } from './change.ts';
export { COUNTED_MS, countedBy, tellCounted } from './counting.ts';
export { worstHealth, type Health } from './health.ts';
export { lateRouters } from './decide.ts';
export { StoreBalancer } from './store-balancer.ts';
export { isWeight, parseState, publicText, stateRecord, toText } from './record.ts';
export { LEASE_MS, leasesAt, liveRouters, type RouterLease } from './routers.ts';
export { change, changeFrom, isReadable, publish, push, read } from './run.ts';
export {
  initial,
  isOpen,
  shareOf,
  splitOf,
  type First,
  type SplitState,
  type TrafficState,
} from './state.ts';
